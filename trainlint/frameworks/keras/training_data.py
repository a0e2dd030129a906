"""What fit(), evaluate() and predict() draw batches from: arrays, data sets, generators, sequences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Node, Op
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import number, usual_size
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.iterators import IteratorValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DEFAULT_BATCH = 32
"""fit(batch_size=None) means 32 for arrays (documentation of keras.Model.fit)."""


class SequenceClass(LibraryClass):
    """keras.utils.Sequence, today PyDataset: local classes define `__getitem__`, which makes a batch."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """workers, use_multiprocessing: no concern of training facts."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return (
            Native(name, lambda r, args: Const(None)) if name in ("on_epoch_end", "on_epoch_begin") else None
        )


SEQUENCE = SequenceClass("keras.utils.Sequence")
LIBRARY.add(SEQUENCE, "keras.utils.PyDataset")


@dataclass
class Batches:
    """A source of batches: `draw` makes one, as (inputs, targets or None); length: batches in one pass over it."""

    loader: Loader
    draw: Callable[[], tuple[Value, Value | None]]
    length: int | None = None
    infinite: bool = False


@dataclass
class Source:
    """What an object that yields batches by itself says of them (a pipeline of tf.data, a directory iterator).

    element: one batch as a value; location: where its batch size was chosen.
    """

    element: Callable[[], Value]
    batch_size: Fact[int]
    shuffle: Fact[bool]
    loader: Loader
    length: int | None = None
    infinite: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


def batches(run: Interpreter, given: dict[str, Value], place_x: str = "x") -> Batches:
    """The batches of a call with these arguments (x, y, batch_size, shuffle, validation_split, steps_per_epoch)."""
    x = given.get(place_x) or given.get("x") or Unknown("the data is not given")
    source = source_of(run, x)
    if source is not None:
        return _from_source(run, source, given)
    return _from_arrays(run, x, given.get("y"), given)


def source_of(run: Interpreter, x: Value) -> Source | None:
    """How an object yields batches; None for arrays and unknowns."""
    from trainlint.frameworks.keras import own_batches

    if isinstance(x, UnionValue):
        found = [s for v in x.alternatives if (s := source_of(run, v)) is not None]
        return found[0] if found else None
    if isinstance(x, ListValue) and x.kind == "generator":
        return own_batches.generator(run, x)
    if isinstance(x, IteratorValue):
        return source_of(run, x.source)
    if not isinstance(x, Instance):
        return None
    for cls in x.library_classes():
        as_source = getattr(cls, "as_source", None)
        if as_source is not None:
            found_source: Source | None = as_source(run, x)
            return found_source
    if isinstance(x.data, Loader):
        return own_batches.loader(run, x, x.data)
    if x.is_a(SEQUENCE.qualname):
        return own_batches.sequence(run, x)
    if run.class_attribute(x.cls, "__next__") is not None:
        return own_batches.iterator(run, x)
    if run.class_attribute(x.cls, "__getitem__") is not None:  # its class extends one that is not followed
        return own_batches.sequence(run, x)
    return None


def new_loader(
    run: Interpreter,
    batch_size: Fact[int],
    shuffle: Fact[bool],
    data: tuple[Node, ...] = (),
    length: Fact[int] | None = None,
) -> Loader:
    """The fact of what a call draws its batches from."""
    return Loader(run.here, batch_size, shuffle, known(False), data, length)


def _from_source(run: Interpreter, source: Source, given: dict[str, Value]) -> Batches:
    def draw() -> tuple[Value, Value | None]:
        x, y = split(source.element())
        return batch(run, x, drawn=False), None if y is None else batch(run, y, drawn=False)

    told = given.get("shuffle")
    if told is not None and "by itself" in source.extra and told.truth(run) is not True:
        unsure: Fact[bool] = unknown(told.describe())
        source.loader.shuffle = source.extra["by itself"]() if told.truth(run) is False else unsure
    steps = _count(run, given, "steps_per_epoch")
    return Batches(source.loader, draw, steps if steps is not None else source.length, source.infinite)


def _count(run: Interpreter, given: dict[str, Value], name: str) -> int | None:
    value = given.get(name)
    if value is None or (isinstance(value, Const) and value.value is None):
        return None
    found = value.value if isinstance(value, Const) else None
    return int(found) if isinstance(found, int | float) else None


def _from_arrays(run: Interpreter, x: Value, y: Value | None, given: dict[str, Value]) -> Batches:
    if isinstance(y, Const) and y.value is None:
        y = None
    arrays = bool(leaves(x)) or y is not None  # data sets and generators bring their targets along
    size = _batch_size(run, given, arrays)
    order = given.get("shuffle")
    shuffle: Fact[bool] = _truth(run, order) if order is not None else known(True)
    if not arrays:
        shuffle = unknown("what the data is made of is not known")
    samples = _samples(run, x, given)
    length: Fact[int] = unknown("the size of the data") if samples is None else known(samples)
    loader = new_loader(run, size, shuffle, tuple(leaves(x)), length)
    loader.options.update(usual_size(run, given.get("batch_size")))
    steps = _count(run, given, "steps_per_epoch")
    if steps is None and samples is not None and isinstance(size.value, int) and size.value > 0:
        steps = math.ceil(samples / size.value)

    def draw() -> tuple[Value, Value | None]:
        inputs, targets = split(x) if y is None and isinstance(x, TupleValue) else (x, y)
        return batch(run, inputs), None if targets is None else batch(run, targets)

    return Batches(loader, draw, steps)


def _truth(run: Interpreter, value: Value) -> Fact[bool]:
    """`shuffle=`: a flag, or the text "batch", which shuffles batches."""
    if isinstance(value, Const):
        return Fact(bool(value.value), value.origin, "", True)
    return Fact(None, value.origin, value.describe())


def _batch_size(run: Interpreter, given: dict[str, Value], arrays: bool) -> Fact[int]:
    value = given.get("batch_size")
    if value is None or (isinstance(value, Const) and value.value is None):
        return known(DEFAULT_BATCH) if arrays else unknown("what the data is made of is not known")
    return number(run, value, "batch_size")


def _samples(run: Interpreter, x: Value, given: dict[str, Value]) -> int | None:
    first = next(iter(leaves(x)), None)
    total = first.shape[0] if first is not None and first.shape else None
    share = given.get("validation_split")
    if total is None or share is None or (isinstance(share, Const) and not share.value):
        return total
    if isinstance(share, Const) and isinstance(share.value, int | float):
        return int(total * (1 - share.value))
    return None


def split(value: Value) -> tuple[Value, Value | None]:
    """Inputs and targets of `(x, y)`, `(x, y, sample_weight)` or `x` alone."""
    if isinstance(value, TupleValue) and 2 <= len(value.elements) <= 3 and not value.open:
        return value.elements[0], value.elements[1]
    if isinstance(value, ListValue) and value.kind == "list" and len(value.elements) == 2:
        return value.elements[0], value.elements[1]
    if isinstance(value, TupleValue) and len(value.elements) == 1:
        return value.elements[0], None
    if isinstance(value, UnionValue):
        pairs = [split(v) for v in value.alternatives if not (isinstance(v, Const) and v.value is None)]
        if pairs:
            return pairs[0]
    if isinstance(value, Unknown):
        return value, Unknown("the targets of a batch")
    return value, None


def batch(run: Interpreter, value: Value, drawn: bool = True) -> Value:
    """A batch of arrays as tensors, in the structure that they are given in.

    drawn: the first dimension is that of all samples, of which a batch takes some.
    """
    if isinstance(value, Tensor):
        shape = value.shape
        if shape:
            shape = (None, *shape[1:]) if drawn else shape
        return Tensor(run.node(Op.BATCH, "batch", (value.node,), shape=shape, attached=False), KERAS)
    if isinstance(value, TupleValue):
        return TupleValue([batch(run, v, drawn) for v in value.elements], open=value.open)
    if isinstance(value, ListValue):
        if not any(isinstance(v, Tensor | Unknown | UnionValue) for v in value.elements):
            return Tensor(run.node(Op.BATCH, "batch", (run.as_node(value),), attached=False), KERAS)
        return ListValue([batch(run, v, drawn) for v in value.elements], open=value.open)
    if isinstance(value, DictValue):
        return DictValue({k: (key, batch(run, v, drawn)) for k, (key, v) in value.cells.items()})
    inner = run.as_node(value)
    return Tensor(run.node(Op.BATCH, "batch", (inner,), attached=False), KERAS)
