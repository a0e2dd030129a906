"""Batches that the program's own code makes: sequences, iterators and generators that fit() is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trainlint.facts.events import Loop, LoopPass
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Graph
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.training_data import SEQUENCE, Source, new_loader
from trainlint.frameworks.signature import number
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _shaped_size(run: Interpreter, element: Value) -> Fact[int]:
    """The batch size that the first dimension of a batch shows."""
    first = next(iter(leaves(element)), None)
    size = first.shape[0] if first is not None and first.shape else None
    return known(size) if isinstance(size, int) else unknown("the batches are made by the program's own code")


SIZES = ("batch_size", "_batch_size", "batchsize", "bs")
"""What code that makes batches calls their size."""


def own_size(run: Interpreter, names: Mapping[str, Value], element: Value) -> Fact[int]:
    """The batch size that a batch shows, or the one that the code which makes it has at hand.

    names: attributes of an object, or local variables of a generator.
    """
    size = _shaped_size(run, element)
    own = next((names[name] for name in SIZES if name in names), None)
    told: Fact[int] | None = number(run, own, "batch_size") if own is not None else None
    agrees = told is not None and (not size.known or told.value == size.value)
    return told if told is not None and agrees else size


def own_order(run: Interpreter, drawn_since: int) -> Fact[bool]:
    """Whether the code that made a batch drew a random order for it."""
    drawn = any(e.at_random for e in run.program.events[drawn_since:])
    return known(True) if drawn else unknown("the program's own code decides the order")


def _one_of_many(run: Interpreter, make: Callable[[], Value]) -> Value:
    """A batch, made in a pass of the loop that fit() runs over them."""
    outer = run.passes
    run.passes = (*outer, LoopPass(Loop(run.here, "unknown"), 0, len(run.nodes)))
    try:
        return make()
    finally:
        run.passes = outer


def _windowed(run: Interpreter, size: Fact[int], drawn_since: int) -> Fact[int]:
    """The width of the windows that the code which made a batch took of its data (`self.x[at : at + self.rows]`), where
    nothing else says the size. What it takes of each sample, in a loop over them, is none of these."""
    if size.known:
        return size
    depth = len(run.passes) + 1
    taken = [e for e in run.program.events[drawn_since:] if e.options.get("by") == "window"]
    found = [e.target.batch_size for e in taken if isinstance(e.target, Loader) and len(e.loops) == depth]
    return found[0] if found and len({each.value for each in found}) == 1 else size


def _drawn_from(run: Interpreter, names: Mapping[str, Value], element: Value) -> Loader | None:
    """The loader at hand (among attributes or local variables) whose batches the program's own code hands on."""
    made_of = {id(n) for leaf in leaves(element) for n in (leaf, *Graph.ancestors_of(leaf))}
    loaders = {
        id(v.data): v.data for v in names.values() if isinstance(v, Instance) and isinstance(v.data, Loader)
    }
    found = [each for each in loaders.values() if any(id(n) in made_of for n in each.data)]
    alike = {(each.batch_size.value, each.shuffle.value) for each in found}
    return found[0] if len(alike) == 1 else None  # pictures and their masks from two that are alike


def sequence(run: Interpreter, x: Instance) -> Source:
    """A local class that inherits from keras.utils.Sequence: `seq[i]` is a batch."""
    before = len(run.program.events)
    element = _one_of_many(run, lambda: x.get_item(run, Unknown("the number of a batch")))
    size = _windowed(run, own_size(run, x.attrs, element), before)
    own = own_order(run, before)
    order = known(True) if x.is_a(SEQUENCE.qualname) else own
    loader = new_loader(run, size, order, tuple(leaves(element)))
    extra = {"sequence": True, "by itself": lambda: own if own.known else _order_of_epochs(run, x)}
    return Source(lambda: element, size, order, loader, x.length(run), extra=extra)


def _order_of_epochs(run: Interpreter, x: Instance) -> Fact[bool]:
    """Whether a Sequence of which fit() is not to shuffle the batches draws an order itself when an epoch is over."""
    method = run.class_attribute(x.cls, "on_epoch_end")
    before, around = len(run.program.events), run.branches
    if method is not None:
        run.call(run.bind(method, x), Args())
    drawn = [e for e in run.program.events[before:] if e.at_random]
    if any(e.branches != around for e in drawn):
        return unknown("a condition decides whether the order is drawn")
    return known(bool(drawn))


def iterator(run: Interpreter, x: Instance) -> Source:
    """A local class whose `__next__` makes a batch, or hands on what a generator makes that it keeps."""
    before = len(run.program.events)
    element = _one_of_many(run, lambda: run.call_method(x, "__next__"))
    kept = [v for v in x.attrs.values() if isinstance(v, ListValue) and v.kind == "generator"]
    handed_on = generator(run, kept[0]) if len(kept) == 1 and _is_of(element, kept[0]) else None
    if handed_on is not None:
        return handed_on
    size = _windowed(run, own_size(run, x.attrs, element), before)
    order = own_order(run, before)
    return Source(
        lambda: element, size, order, new_loader(run, size, order, tuple(leaves(element))), infinite=True
    )


def _is_of(element: Value, made: ListValue) -> bool:
    """Whether an element is what a generator makes, as it is."""
    return any(element is each for each in made.elements)


def generator(run: Interpreter, x: ListValue) -> Source | None:
    """What a generator function yields."""
    if not x.elements:
        return None
    element, names = x.elements[0], dict(x.cells.get("locals") or {})
    own = names.get("self")
    if isinstance(own, Instance):  # a method that yields has its object's attributes at hand
        names = {**own.attrs, **names}
    size = own_size(run, names, element)
    order: Fact[bool] = unknown("the program's own code decides the order")
    if x.cells.get("shuffled"):
        order = known(True)
    windows = [w.batch_size for w in x.cells.get("windows") or () if isinstance(w, Loader)]
    if not size.known and len({w.value for w in windows}) == 1:
        size = windows[0]
    inner = _drawn_from(run, names, element)
    if inner is not None:  # it passes on the batches of another, changed
        order = order if order.known else inner.shuffle
        size = size if size.known else inner.batch_size
    return Source(
        lambda: element, size, order, new_loader(run, size, order, tuple(leaves(element))), infinite=True
    )


def loader(run: Interpreter, x: Instance, made: Loader) -> Source | None:
    """A loader of torch, which Keras 3 draws from as it is."""
    items = x.iterate(run)
    if items.fresh is None:
        return None
    return Source(items.fresh, made.batch_size, made.shuffle, made, x.length(run))
