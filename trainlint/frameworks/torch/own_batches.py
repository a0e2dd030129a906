"""Data sets that make batches themselves behind a loader that draws one of them at a time: `DataLoader(batch_size=1,
collate_fn=lambda drawn: drawn[0])`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.torch.samplers import cut_by
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Value
from trainlint.semantics.windows import window_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def hands_on(collated: Value, sample: Value) -> bool:
    """Whether a collate function gives the only sample, or parts of it, as they are."""
    if collated is sample:
        return True
    if not isinstance(collated, ListValue | TupleValue) or not isinstance(sample, ListValue | TupleValue):
        return False
    parts = {id(part) for part in sample.elements}
    return bool(collated.elements) and all(id(part) in parts for part in collated.elements)


def made_by_data(run: Interpreter, dataset: Value | None, sample: Value) -> Fact[int]:
    """How large the batches are that a data set gives one at a time: those that it cuts, collects, or takes from a loader of
    its own. Whether a sample of any other is a batch is not known."""
    cut = cut_by(run, dataset, passed_on=True) if isinstance(dataset, Instance) else None
    window = window_of([sample])
    if cut is None and isinstance(window, Loader):
        cut = window.batch_size
    return cut if cut is not None else unknown("the data set may make batches itself")
