"""tf.data.Dataset: pipelines, whose methods each make another data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.generators import again
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.keras.training_data import Source
from trainlint.frameworks.signature import number
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Native, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DATASET = "tensorflow.data.Dataset"
ELEMENT, LOADER = "<element>", "<loader>"
NONE: Fact[int] = known(None)  # type: ignore[arg-type]
"""The batch size of a data set that yields single samples."""

Method = Callable[["Interpreter", Instance, Args], Value]


class DatasetClass(LibraryClass):
    """A data set. attrs: one element of it, and its loader fact (batch size None as long as it is not batched)."""

    __slots__ = ()

    def as_source(self, run: Interpreter, instance: Instance) -> Source:
        """For fit()."""
        loader: Loader = instance.data
        element = instance.attrs[ELEMENT]
        size = loader.batch_size
        infinite = bool(loader.options.get("infinite"))
        length = None if infinite else self.size(run, instance)
        return Source(lambda: element, _given_size(size), loader.shuffle, loader, length, infinite)

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        element = instance.attrs[ELEMENT]
        return Items(
            [],
            exact=False,
            over="loader",
            length=self.size(run, instance),
            target=instance.data,
            fresh=lambda: again(run, element),
        )

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        """Elements (batches, once it is batched)."""
        loader: Loader = instance.data
        if "infinite" in loader.options:
            return None
        count, batch = loader.length.value if loader.length is not None else None, loader.batch_size.value
        if not isinstance(count, int):
            return None
        if not isinstance(batch, int) or batch <= 0:
            return count if loader.batch_size.known else None
        return count // batch if loader.drop_last.value else -(-count // batch)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            return Native(f"{DATASET}.{name}", lambda r, args: method(r, instance, args))
        if name in ("element_spec", "class_names", "file_paths", "cardinality", "__len__"):
            return Unknown(f"{name} of a data set")
        return None


def _given_size(size: Fact[int]) -> Fact[int]:
    return unknown("the data set is not batched") if size.known and size.value is None else size


CLASS = DatasetClass(DATASET)


def make(run: Interpreter, element: Value, loader: Loader) -> Instance:
    """A data set of these elements."""
    made = Instance(CLASS, run.here)
    made.data = loader
    made.attrs[ELEMENT] = element
    return made


def new_loader(
    run: Interpreter,
    batch_size: Fact[int] = NONE,
    shuffle: Fact[bool] | None = None,
    length: int | None = None,
    element: Value | None = None,
    **options: Fact[Any],
) -> Loader:
    """The fact of a data set that is made here."""
    return Loader(
        run.here,
        batch_size,
        shuffle if shuffle is not None else known(False),
        known(False),
        tuple(leaves(element)) if element is not None else (),
        known(length) if length is not None else unknown("the number of elements"),
        dict(options),
    )


def changed(run: Interpreter, instance: Instance, element: Value | None = None, **parts: Any) -> Instance:
    """The data set that a method makes of this one."""
    old: Loader = instance.data
    fields = {
        "location": old.location,
        "batch_size": old.batch_size,
        "shuffle": old.shuffle,
        "drop_last": old.drop_last,
        "data": old.data,
        "length": old.length,
        "options": old.options,
    }
    return make(
        run, element if element is not None else instance.attrs[ELEMENT], Loader(**{**fields, **parts})
    )


# -- methods


def _same(run: Interpreter, instance: Instance, args: Args) -> Value:
    return instance


def _batch(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("batch_size", "drop_remainder")
    size = number(run, given.get("batch_size", Unknown("the batch size is not given")), "batch_size")
    drop = run.fact(given["drop_remainder"]) if "drop_remainder" in given else known(False)
    fixed = size.value if drop.value is True and isinstance(size.value, int) else None
    element = _stacked(run, instance.attrs[ELEMENT], fixed)
    old: Loader = instance.data
    batched = not (old.batch_size.known and old.batch_size.value is None)
    if batched:  # batches of batches
        return changed(run, instance, element, batch_size=unknown("it is batched twice"))
    return changed(run, instance, element, location=run.here, batch_size=size, drop_last=drop)


def _padded_batch(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("batch_size", "padded_shapes", "padding_values", "drop_remainder")
    kept = {k: v for k, v in given.items() if k in ("batch_size", "drop_remainder")}
    return _batch(run, instance, Args([], kept))


def _stacked(run: Interpreter, value: Value, size: int | None) -> Value:
    """An element with a new first dimension."""
    if isinstance(value, Tensor):
        node = value.node
        shape = None if node.shape is None else (size, *node.shape)
        made = run.node(Op.BATCH, "batch", (node,), {}, shape, attached=False, low=node.low, high=node.high)
        return Tensor(made, KERAS)
    if isinstance(value, TupleValue):
        return TupleValue([_stacked(run, v, size) for v in value.elements], open=value.open)
    if isinstance(value, ListValue):
        return ListValue([_stacked(run, v, size) for v in value.elements], open=value.open)
    if isinstance(value, DictValue):
        return DictValue(
            {k: (key, _stacked(run, v, size)) for k, (key, v) in value.cells.items()}, open=value.open
        )
    return Tensor(run.node(Op.BATCH, "batch", (run.as_node(value),), attached=False), KERAS)


def _unbatch(run: Interpreter, instance: Instance, args: Args) -> Value:
    def single(value: Value) -> Value:
        if isinstance(value, Tensor):
            node = value.node
            shape = node.shape[1:] if node.shape else None
            return Tensor(
                run.node(Op.INDEX, "element", (node,), {}, shape, low=node.low, high=node.high), KERAS
            )
        if isinstance(value, TupleValue):
            return TupleValue([single(v) for v in value.elements])
        return value

    return changed(run, instance, single(instance.attrs[ELEMENT]), batch_size=NONE)


def _shuffle(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("buffer_size", "seed", "reshuffle_each_iteration")
    place = given.get("buffer_size")
    one = isinstance(place, Const) and place.value == 1
    return changed(run, instance, shuffle=known(not one))


def _repeat(run: Interpreter, instance: Instance, args: Args) -> Value:
    count = args.bind("count").get("count")
    value = count.value if isinstance(count, Const) else -1 if count is None else None
    old: Loader = instance.data
    if value is None or value == -1:
        return changed(run, instance, options={**old.options, "infinite": known(True)})
    total = old.length.value if old.length is not None else None
    length = known(total * int(value)) if isinstance(total, int) else unknown("the number of elements")
    return changed(run, instance, length=length)


def _map(run: Interpreter, instance: Instance, args: Args) -> Value:
    function = args.bind("map_func", "num_parallel_calls").get("map_func", Unknown("a function"))
    return changed(run, instance, mapped(run, function, instance.attrs[ELEMENT]))


def mapped(run: Interpreter, function: Value, element: Value) -> Value:
    """The function's result for an element, whose parts are arguments of their own where it is a tuple."""
    parts = list(element.elements) if isinstance(element, TupleValue) else [element]
    before = run.grad_enabled
    run.set_grad(False)
    result = run.call(function, Args(parts))
    run.set_grad(before)
    if isinstance(result, ListValue) and result.kind == "list":
        return TupleValue(result.elements, open=result.open)
    return result


def _take(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _counted(run, instance, args, lambda total, count: min(total, count))


def _skip(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _counted(run, instance, args, lambda total, count: max(total - count, 0))


def _counted(run: Interpreter, instance: Instance, args: Args, rule: Callable[[int, int], int]) -> Value:
    old: Loader = instance.data
    count = args.positional[0] if args.positional else args.keywords.get("count")
    total = CLASS.size(run, instance)
    number_ = count.value if isinstance(count, Const) and isinstance(count.value, int) else None
    if number_ is None or (total is None and rule(1, 5) != 1):
        return changed(run, instance, length=unknown("the number of elements"))
    left = number_ if total is None else rule(total, number_)
    size = old.batch_size.value if isinstance(old.batch_size.value, int) else 1
    options = {k: v for k, v in old.options.items() if k != "infinite"}
    return changed(run, instance, length=known(left * size), options=options)


def _unsized(run: Interpreter, instance: Instance, args: Args) -> Value:
    """filter() and shard(): fewer elements, nobody knows how many."""
    return changed(run, instance, length=unknown("the number of elements"))


def _enumerate(run: Interpreter, instance: Instance, args: Args) -> Value:
    return changed(run, instance, TupleValue([Unknown("an index"), instance.attrs[ELEMENT]]))


def _flat(run: Interpreter, instance: Instance, args: Args) -> Value:
    """flat_map() and interleave(): the elements of the data sets that the function makes."""
    function = args.bind("map_func").get("map_func", Unknown("a function"))
    inner = mapped(run, function, instance.attrs[ELEMENT])
    if isinstance(inner, Instance) and isinstance(inner.data, Loader) and ELEMENT in inner.attrs:
        return changed(run, inner, length=unknown("the number of elements"), shuffle=instance.data.shuffle)
    return make(run, Unknown("an element"), new_loader(run, unknown("what it is made of is not known")))


def _apply(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`dataset.apply(function)`: what the function makes of the data set."""
    function = args.bind("transformation_func").get("transformation_func", Unknown("a transformation"))
    result = run.call(function, Args([instance]))
    if isinstance(result, Instance):
        return result
    nothing: Fact[bool] = unknown(function.describe())
    return make(run, Unknown("an element"), new_loader(run, unknown(function.describe()), nothing))


def _concatenate(run: Interpreter, instance: Instance, args: Args) -> Value:
    other = args.positional[0] if args.positional else args.keywords.get("dataset")
    old: Loader = instance.data
    more = other.data if isinstance(other, Instance) and isinstance(other.data, Loader) else None
    sizes = [f.value for f in (old.length, more.length if more is not None else None) if f is not None]
    numbers = [n for n in sizes if isinstance(n, int)]
    return changed(
        run, instance, length=known(sum(numbers)) if len(numbers) == 2 else unknown("the number of elements")
    )


def _cardinality(run: Interpreter, instance: Instance, args: Args) -> Value:
    size = CLASS.size(run, instance)
    return Const(size) if size is not None else Unknown("the number of elements")


def _window(run: Interpreter, instance: Instance, args: Args) -> Value:
    return changed(run, instance, instance, length=unknown("the number of windows"))


def _iterator(run: Interpreter, instance: Instance, args: Args) -> Value:
    return instance


METHODS: dict[str, Method] = {
    **dict.fromkeys(
        ("prefetch", "cache", "with_options", "options", "assert_cardinality", "snapshot", "rebatch", "copy"),
        _same,
    ),
    "batch": _batch,
    "padded_batch": _padded_batch,
    "unbatch": _unbatch,
    "shuffle": _shuffle,
    "repeat": _repeat,
    "map": _map,
    "take": _take,
    "skip": _skip,
    "filter": _unsized,
    "shard": _unsized,
    "take_while": _unsized,
    "enumerate": _enumerate,
    "flat_map": _flat,
    "interleave": _flat,
    "apply": _apply,
    "concatenate": _concatenate,
    "cardinality": _cardinality,
    "window": _window,
    "as_numpy_iterator": _iterator,
    "make_one_shot_iterator": _iterator,
    "make_initializable_iterator": _iterator,
    "get_next": lambda run, instance, args: again(run, instance.attrs[ELEMENT]),
    "save": lambda run, instance, args: Const(None),
}


LIBRARY.add(CLASS)
