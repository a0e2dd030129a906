"""Nests, as tf.nest and keras.tree work on them: tuples, named tuples, lists and dictionaries, in one another, with anything
else as leaves (sets and None too). Dictionaries are gone through in the order of their sorted keys.

Something unknown may be one leaf, or a nest of any number of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.keras.layout_ops import in_packages
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Parts = list[tuple[Value, Value]]
"""The key or index of each part of a nest, and the part."""
PACKAGES = (
    "tensorflow.nest",
    "tensorflow.python.util.nest",
    "tensorflow.contrib.framework.nest",
    "tensorflow.__internal__.nest",
    "keras.tree",
)
_DEEPEST = 12


def _parts(run: Interpreter, value: Value) -> Parts | None:
    """The parts of a nest in order; None for a leaf."""
    if isinstance(value, TupleValue) or (isinstance(value, ListValue) and value.kind == "list"):
        return [(Const(i), each) for i, each in enumerate(value.elements)]
    if isinstance(value, DictValue):
        return _sorted([(key, each) for key, each in value.cells.values()])
    fields = _fields(run, value)
    return [(Const(i), each) for i, (_, each) in enumerate(fields.cells.values())] if fields else None


def _sorted(parts: Parts) -> Parts:
    if all(isinstance(key, Const) and isinstance(key.value, str) for key, _ in parts):
        return sorted(parts, key=lambda part: str(getattr(part[0], "value", "")))
    return parts


def _fields(run: Interpreter, value: Value) -> DictValue | None:
    """The fields of an object of a class that extends a named tuple."""
    if not isinstance(value, Instance) or value.data is not None or "tuple" not in (value.types() or ()):
        return None
    found = value.get_attr(run, "_asdict")
    fields = run.call(found, Args()) if isinstance(found, Native) else None
    return fields if isinstance(fields, DictValue) else None


def _rebuilt(run: Interpreter, nest: Value, keys: list[Value], made: list[Value]) -> Value:
    """A nest as this one, of other parts."""
    if isinstance(nest, ListValue):
        return ListValue(made, open=nest.open)
    if isinstance(nest, DictValue):
        fresh = DictValue(open=nest.open)
        for key, value in zip(keys, made, strict=True):
            fresh.set_item(run, key, value)
        return fresh
    if isinstance(nest, Instance):
        return run.call(nest.cls, Args(made))
    names = getattr(nest, "names", None)
    if names is not None:
        return run.call(nest.get_attr(run, "_replace"), Args([], dict(zip(names, made, strict=True))))
    return TupleValue(made, open=getattr(nest, "open", False))


def _is_leaf(run: Interpreter, value: Value) -> bool:
    """Whether it is one leaf, whatever it is."""
    if isinstance(value, UnionValue):
        return all(_is_leaf(run, each) for each in value.alternatives)
    return type(value) is not Unknown and _parts(run, value) is None


def _or_more(run: Interpreter, made: Value) -> Value:
    """What something unknown becomes, of which one leaf becomes this: it, or a nest of such. One tensor stands for all."""
    if isinstance(made, Tensor | Unknown):
        return made
    nest = Unknown("a nest of what is not known")
    nest.made, nest.given = True, (made,)
    return UnionValue([made, nest])


Act = Callable[[list[Value]], Value]


def mapped(run: Interpreter, shape: Value, others: list[Value], act: Act, depth: int = 0) -> Value:
    """A nest of the structure of `shape`, of what `act` makes of each of its leaves and of what the others hold there."""
    if _is_leaf(run, shape) or depth > _DEEPEST:
        return act([shape, *others])
    if isinstance(shape, UnionValue):
        return run.each(shape, lambda v: mapped(run, v, others, act, depth + 1))
    parts = _parts(run, shape)
    if parts is None:
        return _or_more(run, act([shape, *others]))
    rows = [_beside(run, parts, other) for other in others]
    made = [mapped(run, part, [row[i] for row in rows], act, depth + 1) for i, (_, part) in enumerate(parts)]
    return _rebuilt(run, shape, [key for key, _ in parts], made)


def _beside(run: Interpreter, parts: Parts, other: Value) -> list[Value]:
    """What another nest holds where this one has its parts."""
    if isinstance(other, DictValue):
        return [other.get_item(run, key) for key, _ in parts]
    found = _parts(run, other)
    if found is not None and len(found) == len(parts):
        return [value for _, value in found]
    if isinstance(other, Tensor | Unknown):
        return [other.get_item(run, key) for key, _ in parts]
    return [Unknown("a part of a nest") for _ in parts]


def _over(run: Interpreter, function: Value, shape: Value, nests: list[Value]) -> Value:
    """A function of the leaves of several nests, the structure being that of the first of them or a shallower one."""
    if not nests:
        return Unknown("a nest that is not given")
    if shape is nests[0]:
        return mapped(run, shape, nests[1:], lambda leaves: run.call(function, Args(leaves)))
    return mapped(run, shape, nests, lambda leaves: run.call(function, Args(leaves[1:])))


@LIBRARY.function(*in_packages("map_structure", *PACKAGES))
def _map_structure(run: Interpreter, args: Args) -> Value:
    """tf.nest.map_structure(func, *structures)"""
    function = args.keywords.get("func") or (args.positional[0] if args.positional else None)
    nests = args.positional[0 if "func" in args.keywords else 1 :]
    if function is None or not nests or args.open:
        run.escape_args(args, "map_structure")
        return Unknown("map_structure()")
    return _over(run, function, nests[0], nests)


@LIBRARY.function(*in_packages("map_structure_up_to", *PACKAGES))
def _map_up_to(run: Interpreter, args: Args) -> Value:
    """nest.map_structure_up_to(shallow_tree, func, *inputs)"""
    if len(args.positional) < 3 or args.open:
        run.escape_args(args, "map_structure_up_to")
        return Unknown("map_structure_up_to()")
    shape, function, *nests = args.positional
    return _over(run, function, shape, nests)


def _gathered(run: Interpreter, shape: Value, other: Value) -> Value:
    """The list of what `other` holds where `shape` has its leaves."""
    if isinstance(shape, UnionValue) and not _is_leaf(run, shape):
        return run.each(shape, lambda v: _gathered(run, v, v if other is shape else other))
    leaves: list[Value] = []
    certain = True

    def gather(found: list[Value]) -> Value:
        nonlocal certain
        leaves.append(found[-1])
        certain = certain and _is_leaf(run, found[0])
        return found[-1]

    mapped(run, shape, [other], gather)
    return ListValue(leaves, open=not certain or _is_open(run, shape))


def _is_open(run: Interpreter, nest: Value, depth: int = 0) -> bool:
    """Whether there may be more leaves than are seen."""
    parts = _parts(run, nest)
    inner = isinstance(nest, UnionValue) and not _is_leaf(run, nest)
    if parts is None or depth > _DEEPEST:
        return inner
    return bool(getattr(nest, "open", False)) or any(_is_open(run, part, depth + 1) for _, part in parts)


@LIBRARY.function(*in_packages("flatten", *PACKAGES))
def _flatten(run: Interpreter, args: Args) -> Value:
    """tf.nest.flatten(structure): its leaves."""
    given = args.bind("structure").get("structure", Unknown("a nest"))
    return _gathered(run, given, given)


@LIBRARY.function(*in_packages("flatten_up_to", *PACKAGES))
def _flatten_up_to(run: Interpreter, args: Args) -> Value:
    """nest.flatten_up_to(shallow_tree, input_tree)"""
    bound = args.bind("shallow_tree", "input_tree")
    return _gathered(run, bound.get("shallow_tree", Unknown("")), bound.get("input_tree", Unknown("a nest")))


@LIBRARY.function(*in_packages("pack_sequence_as", *PACKAGES))
def _pack(run: Interpreter, args: Args) -> Value:
    """tf.nest.pack_sequence_as(structure, flat_sequence): the structure, of these leaves."""
    bound = args.bind("structure", "flat_sequence")
    shape, flat = bound.get("structure", Unknown("")), bound.get("flat_sequence", Unknown("leaves"))
    return _packed(run, shape, flat)


def _packed(run: Interpreter, shape: Value, flat: Value) -> Value:
    if isinstance(shape, UnionValue) and not _is_leaf(run, shape):
        return run.each(shape, lambda v: _packed(run, v, flat))
    items = flat.iterate(run)
    values = list(items.values)
    if not values or _is_open(run, shape):
        return Unknown("a nest of leaves that are not known") if values or not items.exact else shape
    number = 0

    def take(_: list[Value]) -> Value:
        nonlocal number
        number += 1
        if items.exact:
            return values[number - 1] if number <= len(values) else Unknown("a leaf")
        return run.join(values[min(number, len(values)) - 1], Unknown("a leaf"))

    return mapped(run, shape, [], take)


@LIBRARY.function(*in_packages("assert_same_structure", *PACKAGES))
def _assert_same(run: Interpreter, args: Args) -> Value:
    """It only raises."""
    return Const(None)


@LIBRARY.function(*in_packages("is_nested is_sequence", *PACKAGES))
def _is_nested(run: Interpreter, args: Args) -> Value:
    """Whether something is a nest, and no leaf."""
    given = args.positional[0] if args.positional else Unknown("a nest")
    if _is_leaf(run, given):
        return Const(False)
    return Const(True) if _parts(run, given) is not None else Unknown("is_nested()")
