"""Samplers of torch.utils.data: the order of a loader, and what iterating a sampler itself yields."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.facts.events import Event, EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Graph, Op
from trainlint.facts.training import Loader
from trainlint.frameworks.signature import number, signature
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value
from trainlint.semantics.windows import window_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


BATCHES = "torch.utils.data.BatchSampler"
_BY = ("order", "hand")  # a random order, or indices that are drawn


class SamplerClass(LibraryClass):
    """A sampler. order: random, sequential, or switch (its argument shuffle decides); batch: BatchSampler."""

    __slots__ = ("order", "parameters")

    def __init__(self, qualname: str, order: str, parameters: str, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.order, self.parameters = order, parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        bound = signature(self.parameters).bind(args)
        for name, value in bound.items():
            run.write(instance.attrs, name, value)
        order: Fact[bool] = unknown(f"the order of {self.qualname}")
        if self.order in ("random", "sequential"):
            order = known(self.order == "random")
        elif self.order == "switch":
            order = run.fact(bound["shuffle"]) if "shuffle" in bound else known(True)
        elif self.order == "batch" and isinstance(bound.get("sampler"), Instance):
            order = order_drawn(run, bound["sampler"], order)
        instance.data = order

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "set_epoch":
            return Native(f"{self.qualname}.set_epoch", lambda r, args: Const(None))
        return (
            Unknown(f"{name} of {self.qualname}") if name in ("num_samples", "epoch", "total_size") else None
        )

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        """Indices; of a sampler of batches, lists of them: batches of what is asked for by them."""
        if self.order == "batch":
            loader = _batches(run, instance)
            return Items([], exact=False, over="loader", target=loader, fresh=_indices)
        if self.order == "random":
            run.reorders()
        source = next((v for v in instance.attrs.values() if not isinstance(v, Const)), None)
        return Items(
            [Unknown("an index")], exact=False, length=None if source is None else source.length(run)
        )


def _indices() -> Value:
    return ListValue([Unknown("an index")], open=True)


def _batches(run: Interpreter, instance: Instance) -> Loader:
    """What a sampler of batches that is iterated itself stands for."""
    made: dict[int, tuple[Instance, Loader]] = run.memo.setdefault("torch.batch_samplers", {})
    if id(instance) not in made:
        attrs = instance.attrs
        size = (
            number(run, attrs["batch_size"], "batch_size") if "batch_size" in attrs else unknown("not given")
        )
        drop = run.fact(attrs["drop_last"]) if "drop_last" in attrs else unknown("not given")
        order = instance.data if isinstance(instance.data, Fact) else unknown("the order of a sampler")
        loader = Loader(instance.location, size, order, drop)
        run.program.loaders.append(loader)
        made[id(instance)] = instance, loader
    return made[id(instance)][1]


def order_drawn(run: Interpreter, sampler: Value, otherwise: Fact[bool]) -> Fact[bool]:
    """Whether a sampler gives a random order: a library's by its kind, the project's own by what its `__iter__` does."""
    if not isinstance(sampler, Instance):
        return otherwise
    order = sampler.data if isinstance(sampler.data, Fact) else otherwise
    own = _own_iteration(run, sampler)
    if own is None:
        return order
    look = _look(run, sampler)
    drawn = [e for e in look.events if e.options.get("by") in _BY]
    surely = any(len(event.branches) == look.branches for event in drawn)
    if surely or look.picked or any(map(_is_drawn, look.items.values)):
        return known(True)
    inherited = not drawn and (sampler.is_a(BATCHES) or _asks_its_base(own))
    return (
        order if inherited or not order.known else unknown("a sampler whose own __iter__ decides the order")
    )


def cut_by(run: Interpreter, sampler: Value, passed_on: bool = False) -> Fact[int] | None:
    """How many elements each draw gives of a sampler or data set of the project's own that cuts windows of one width, or
    collects elements until there are so many; None for others. passed_on: batches that it takes from a loader count too."""
    if not isinstance(sampler, Instance) or _own_iteration(run, sampler) is None:
        return None
    items = _look(run, sampler).items
    loader = items.target if isinstance(items.target, Loader) else window_of(items.values)
    by_hand = isinstance(loader, Loader) and not loader.options.keys().isdisjoint(("window", "collected"))
    return loader.batch_size if by_hand or (passed_on and isinstance(loader, Loader)) else None


def _own_iteration(run: Interpreter, sampler: Instance) -> FunctionValue | None:
    own = run.class_attribute(sampler.cls, "__iter__") if isinstance(sampler.cls, ClassValue) else None
    return own if isinstance(own, FunctionValue) else None


@dataclass(frozen=True)
class _Look:
    """What one passage over a sampler gives, and what is drawn meanwhile."""

    sampler: Instance
    items: Items
    events: list[Event]
    branches: int  # around it
    picked: bool  # whether one index after the other is drawn


def _look(run: Interpreter, sampler: Instance) -> _Look:
    """A passage over a sampler that is no part of the training, only a look at how it will go."""
    made: dict[int, _Look] = run.memo.setdefault("torch.looked_at_samplers", {})
    if id(sampler) not in made:
        before, loaders, picked = len(run.program.events), len(run.program.loaders), len(run.picked)
        items = run.call_method(sampler, "__iter__").iterate(run)
        events = [e for e in run.program.events[before:] if e.kind is EventKind.DRAW]
        del run.program.loaders[loaders:]
        del run.program.events[before:]
        around = len(run.branches)
        picks = any(pick.index and len(pick.branches) == around for pick in run.picked[picked:])
        made[id(sampler)] = _Look(sampler, items, events, around, picks)
    return made[id(sampler)]


def _is_drawn(index: Value) -> bool:
    """Whether an index, or those of a batch, come of random numbers (`(torch.rand(n) < rate).nonzero()`)."""
    if isinstance(index, ListValue | TupleValue):
        return any(map(_is_drawn, index.elements))
    if not isinstance(index, Tensor):
        return False
    return any(node.op is Op.RANDOM for node in (index.node, *Graph.ancestors_of(index.node)))


def _asks_its_base(method: FunctionValue) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "super" for part in ast.walk(method.node))


BASE = SamplerClass("torch.utils.data.Sampler", "unknown", "data_source=None")
LIBRARY.add(BASE)
for _name, _order, _parameters in (
    ("RandomSampler", "random", "data_source, replacement=False, num_samples=None, generator=None"),
    ("SubsetRandomSampler", "random", "indices, generator=None"),
    ("WeightedRandomSampler", "random", "weights, num_samples, replacement=True, generator=None"),
    ("SequentialSampler", "sequential", "data_source"),
    ("BatchSampler", "batch", "sampler, batch_size, drop_last"),
):
    LIBRARY.add(SamplerClass(f"torch.utils.data.{_name}", _order, _parameters, BASE))
LIBRARY.add(
    SamplerClass(
        "torch.utils.data.distributed.DistributedSampler",
        "switch",
        "dataset, num_replicas=None, rank=None, shuffle=True, seed=0, drop_last=False",
        BASE,
    ),
    "torch.utils.data.DistributedSampler",
)
