"""torch.utils.data.DataLoader and samplers: batch size, order, and what iterating a loader yields."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.signature import number, signature
from trainlint.frameworks.torch.batches import collate, leaves, unknown_batch
from trainlint.frameworks.torch.data import ITERABLE, SHUFFLED, element
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.own_batches import hands_on, made_by_data
from trainlint.frameworks.torch.samplers import BATCHES, cut_by, order_drawn
from trainlint.frameworks.torch.streams import picks_at_random, shuffles
from trainlint.frameworks.torch.tree import alternatives
from trainlint.model import Location
from trainlint.semantics import undecided
from trainlint.semantics.amounts import Usual
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, UnionValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LOADER = "torch.utils.data.DataLoader"
_PARAMETERS = (
    "dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None, "
    "pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None, "
    "generator=None, *, prefetch_factor=None, persistent_workers=False, pin_memory_device='', in_order=True"
)
_OBJECTS = ("dataset", "sampler", "batch_sampler", "collate_fn", "generator", "worker_init_fn")


def order_of(run: Interpreter, bound: dict[str, Value]) -> Fact[bool]:
    """Whether a loader draws in random order, by shuffle= or by any sampler."""
    for name in ("batch_sampler", "sampler"):
        sampler = bound.get(name)
        if sampler is None or (isinstance(sampler, Const) and sampler.value is None):
            continue
        otherwise: Fact[bool] = unknown(f"a {name} decides the order")
        if isinstance(sampler, UnionValue):
            return _order_of_each(run, sampler, bound.get("shuffle", Const(False)), otherwise)
        return order_drawn(run, sampler, otherwise)
    datasets = alternatives(bound["dataset"]) if "dataset" in bound else ()
    streams = [d for d in datasets if isinstance(d, Instance) and d.is_a(ITERABLE.qualname)]
    if streams:
        orders = [run.fact(stream.attrs.get(SHUFFLED, Const(False))).value for stream in streams]
        shuffled = len(streams) == len(datasets) and all(order is True for order in orders)
        return known(True) if shuffled else unknown("an iterable data set decides its own order")
    shuffle, size = bound.get("shuffle"), bound.get("batch_size")
    if shuffle is None and isinstance(size, Const) and size.value is None:
        return unknown("a data set that makes its own batches decides their order")
    if shuffle is None and _may_order(datasets):
        return unknown("a data set that is not seen may decide its own order")
    fact = known(False) if shuffle is None else run.fact(shuffle)
    return Fact(bool(fact.value), fact.origin, fact.why, True) if fact.known else fact


def _may_order(datasets: Iterable[Value]) -> bool:
    """Whether one of them was made by code that is not seen: it may be a stream."""
    return any(type(each) is Unknown for each in datasets)


def _order_of_each(
    run: Interpreter, samplers: UnionValue, shuffle: Value, otherwise: Fact[bool]
) -> Fact[bool]:
    """The order where a condition decides which sampler there is: with none, `shuffle=` says it (`shuffle=sampler is None`)."""
    found: set[bool | None] = set()
    for sampler in samplers.alternatives:
        none = isinstance(sampler, Const) and sampler.value is None
        found.add(
            undecided.given(shuffle, samplers, sampler)
            if none
            else order_drawn(run, sampler, otherwise).value
        )
    answer = found.pop() if len(found) == 1 else None
    return otherwise if answer is None else known(answer)


class LoaderClass(LibraryClass):
    """A loader with the signature of DataLoader (of torch, torch_geometric, ...)."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str = _PARAMETERS) -> None:
        super().__init__(qualname)
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = _allowed(table.bind(args), table.bind(Args(args.positional, args.keywords)))
        for name, value in bound.items():
            run.write(instance.attrs, name, value)
        options = table.facts(run, bound, ("batch_size", "num_workers"), skip=_OBJECTS)
        size = _size_given(run, bound)
        usual = size if size is not None else bound.get("batch_size")
        if isinstance(usual, Usual):
            options["usual_batch_size"] = _whole(run.number(usual.usual, "batch_size"))
        dataset = bound.get("dataset")
        samples = None if dataset is None else dataset.length(run)
        length: Fact[int] = unknown("the size of the data set") if samples is None else known(samples)
        instance.data = Loader(
            location=instance.location,
            batch_size=_batch_size(run, bound, options),
            shuffle=order_of(run, bound),
            drop_last=options["drop_last"],
            data=() if dataset is None or isinstance(dataset, Instance) else tuple(leaves(dataset)),
            length=length,
            options=options,
        )
        _take_over(run, instance.data, dataset)
        run.program.loaders.append(instance.data)

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        if not isinstance(instance.data, Loader):
            return None
        place = run.here
        return Items(
            [],
            exact=False,
            over="loader",
            length=self.size(run, instance),
            target=instance.data,
            fresh=lambda: batch_of(run, instance, place),
        )

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        loader = instance.data
        if not isinstance(loader, Loader):
            return None
        samples, batch = loader.length.value if loader.length else None, loader.batch_size.value
        if not isinstance(samples, int) or not isinstance(batch, int) or batch <= 0:
            return None
        return samples // batch if loader.drop_last.value is True else math.ceil(samples / batch)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        loader = instance.data
        if not isinstance(loader, Loader):
            return None
        if name == "batch_size":
            fact = loader.batch_size
            return Const(fact.value, fact.origin) if fact.known else Unknown(fact.why)
        if name in loader.options and loader.options[name].known:
            return Const(loader.options[name].value)
        if name in _OBJECTS:
            return Unknown(f"{name} of a loader")
        return None


def _take_over(run: Interpreter, loader: Loader, dataset: Value | None) -> None:
    """Batches and their order where the data set makes them itself (`delivers`) and the loader hands them on."""
    if not isinstance(dataset, Instance):
        return
    whole = loader.batch_size.known and loader.batch_size.value is None
    offers = getattr(dataset.cls, "delivers", None)
    if offers is not None:
        batch, loader.shuffle = offers(run, dataset)
    elif whole and dataset.is_a(ITERABLE.qualname):
        batch = cut_by(run, dataset)
        if batch is not None and not loader.shuffle.known:
            loader.shuffle = order_drawn(run, dataset, loader.shuffle)
    else:
        return
    if whole and batch is not None:
        loader.batch_size = batch


def _allowed(bound: dict[str, Value], given: dict[str, Value]) -> dict[str, Value]:
    """Without what an unseen `**kwargs` cannot give: a loader refuses samplers beside what was given."""
    order = given.get("shuffle")
    shuffles = isinstance(order, Const) and bool(order.value)
    refused = {"batch_sampler"} if "batch_size" in given or shuffles else set()
    refused |= {"sampler"} if shuffles else set()
    return {name: value for name, value in bound.items() if name in given or name not in refused}


def _whole(fact: Fact[float]) -> Fact[Any]:
    if not isinstance(fact.value, int | float):  # not known, or sizes along several dimensions
        return unknown(fact.why)
    return Fact(int(fact.value), fact.origin, fact.why, True)


def _batch_size(run: Interpreter, bound: dict[str, Value], options: dict[str, Fact[Any]]) -> Fact[int]:
    sampler = _of_batches(run, bound)
    size = _size_given(run, bound)
    if size is not None:
        return number(run, size, "batch_size")
    cut = cut_by(run, sampler) if sampler is not None else None
    if cut is not None:
        return cut
    return unknown("a batch sampler decides") if _given(bound, "batch_sampler") else options["batch_size"]


def _size_given(run: Interpreter, bound: dict[str, Value]) -> Value | None:
    """The size that a sampler of batches was given."""
    sampler = _of_batches(run, bound)
    return sampler.attrs.get("batch_size") if isinstance(sampler, Instance) else None


def _of_batches(run: Interpreter, bound: dict[str, Value]) -> Value | None:
    """The sampler whose every draw is a batch. `batch_size=None` with such a `sampler` hands the data set all indices of a
    batch at once."""
    if _given(bound, "batch_sampler"):
        return bound["batch_sampler"]
    whole, sampler = bound.get("batch_size"), bound.get("sampler")
    if not isinstance(sampler, Instance) or not (isinstance(whole, Const) and whole.value is None):
        return None
    return sampler if sampler.is_a(BATCHES) or cut_by(run, sampler) is not None else None


def _given(bound: dict[str, Value], name: str) -> bool:
    value = bound.get(name)
    return value is not None and not (isinstance(value, Const) and value.value is None)


def batch_of(run: Interpreter, instance: Instance, place: Location) -> Value:
    """One batch of a loader, drawn at `place`: the element of its data set, collated."""
    loader: Loader = instance.data
    single = loader.batch_size.known and loader.batch_size.value is None
    together = not single and _asks_for_batches(run, instance.attrs)
    sample = _sample(run, instance, together)
    if not loader.data:
        loader.data = tuple(leaves(sample))
    function = instance.attrs.get("collate_fn")
    if function is not None and not (isinstance(function, Const) and function.value is None):
        result = run.call(function, Args([ListValue([sample], open=True)]))
        if loader.batch_size.value == 1 and hands_on(result, sample):
            loader.batch_size = made_by_data(run, instance.attrs.get("dataset"), sample)
        return unknown_batch(run, "collated batch") if isinstance(result, Unknown) else result
    batched = not together and not single
    size = loader.batch_size.value if loader.drop_last.value is True else None
    whence = _loaded_by(instance.attrs.get("dataset"))
    return collate(run, sample, size if isinstance(size, int) else None, batched, place, whence)


def _loaded_by(dataset: Value | None, depth: int = 0) -> tuple[object, ...]:
    """The class of the project that makes the elements of a data set, or of the one that it is a part of."""
    if not isinstance(dataset, Instance) or depth > 4:
        return ()
    if isinstance(dataset.cls, ClassValue):
        return (dataset.cls.location,)
    return _loaded_by(dataset.attrs.get("dataset"), depth + 1)


def _asks_for_batches(run: Interpreter, given: dict[str, Value]) -> bool:
    """Whether the project's own data set is asked for a whole batch: a sampler of batches in the place of indices."""
    dataset = given.get("dataset")
    own = isinstance(dataset, Instance) and run.class_attribute(dataset.cls, "__getitem__") is not None
    return own and not _given(given, "batch_sampler") and _of_batches(run, given) is not None


def _sample(run: Interpreter, instance: Instance, together: bool = False) -> Value:
    """The element that stands for all; worked out once for each loader. together: the data set is asked for a whole batch,
    by a list of indices."""
    samples: dict[int, tuple[Instance, Value]] = run.memo.setdefault("torch.loader_samples", {})
    if id(instance) not in samples:
        dataset = instance.attrs.get("dataset", Unknown("a data set"))
        indices, before = ListValue([Unknown("an index")], open=True), len(run.program.events)
        nodes, picked = len(run.nodes), len(run.picked)
        found = run.get_item(dataset, indices) if together else element(run, dataset)
        if isinstance(dataset, Instance) and instance.data.shuffle.value is False:
            instance.data.shuffle = picks_at_random(run, dataset, nodes, picked, instance.data.shuffle)
        if (
            isinstance(dataset, Instance)
            and not instance.data.shuffle.known
            and shuffles(run, dataset, before)
        ):
            instance.data.shuffle = known(True)
        samples[id(instance)] = (instance, found)
    return samples[id(instance)][1]


LOADER_CLASS = LoaderClass(LOADER)
LIBRARY.add(LOADER_CLASS)


def _unseen_loader(run: Interpreter, args: Args) -> Loader:
    """What a call that is not followed makes of `batch_size=`: if batches are drawn from it, they are that large."""
    shuffle = args.keywords.get("shuffle")
    order: Fact[bool] = run.fact(shuffle) if shuffle is not None else unknown("unseen code decides the order")
    return Loader(
        run.here,
        _whole(number(run, args.keywords["batch_size"], "batch_size")),
        order if order.value in (True, False) else unknown("shuffle"),
        unknown("unseen code decides"),
    )


LIBRARY.unknown_keywords["batch_size"] = _unseen_loader
