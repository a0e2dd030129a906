"""Methods of tf.data.Dataset: each makes another data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.generators import again
from trainlint.frameworks.keras.pipelines import CLASS, ELEMENT, NONE, ROWS, Method, changed, make, new_loader
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import number, usual_size
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _same(run: Interpreter, instance: Instance, args: Args) -> Value:
    return instance


def _batch(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("batch_size", "drop_remainder")
    size = number(run, given.get("batch_size", Unknown("the batch size is not given")), "batch_size")
    drop = run.fact(given["drop_remainder"]) if "drop_remainder" in given else known(False)
    fixed = size.value if drop.value is True and isinstance(size.value, int) else None
    element = _stacked(run, instance.attrs[ELEMENT], fixed)
    old: Loader = instance.data
    if old.batch_size.known and old.batch_size.value is not None:  # batches of batches
        return changed(run, instance, element, batch_size=unknown("it is batched twice"))
    options = {**old.options, **usual_size(run, given.get("batch_size"))}
    return changed(
        run, instance, element, location=run.here, batch_size=size, drop_last=drop, options=options
    )


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

    options = {k: v for k, v in instance.data.options.items() if k != ROWS}
    return changed(run, instance, single(instance.attrs[ELEMENT]), batch_size=NONE, options=options)


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
    why = "what it is made of is not known"
    order: Fact[bool] = instance.data.shuffle if instance.data.shuffle.value is True else unknown(why)
    return make(run, Unknown("an element"), new_loader(run, unknown(why), order))


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
    "ragged_batch": _batch,
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
