"""Shapes of what numpy's functions and methods return, where they are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trainlint.facts.graph import Shape
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value

Shapes = Sequence[Shape | None]
Rule = Callable[[Shapes, Args], Shape | None]
"""From the shapes of the arrays and the arguments after the first to the shape of the result."""

REDUCTIONS = frozenset({
    "mean", "std", "var", "sum", "min", "max", "amin", "amax", "argmin", "argmax", "median", "average", "prod",
    "any", "all", "ptp", "nanmean", "nanstd",
})  # fmt: skip


def shape_of(name: str, shapes: Shapes, args: Args) -> Shape | None:
    """The shape of `name(array, ...)` or `array.name(...)`; None where it is not known."""
    rule = _reduced if name in REDUCTIONS else _RULES.get(name)
    if rule is None or args.open or not shapes or any(s is None for s in shapes):
        return None
    return rule(shapes, args)


def sizes(value: Value | None) -> Shape | None:
    """A shape given as one number or a sequence; None where its rank is not known."""
    if isinstance(value, Const) and isinstance(value.value, int):
        return (value.value,)
    if isinstance(value, ListValue | TupleValue) and not value.open:
        return tuple(
            e.value if isinstance(e, Const) and isinstance(e.value, int) else None for e in value.elements
        )
    return None


def range_shape(name: str, args: Args) -> Shape | None:
    """arange, linspace, logspace: one dimension, its length where the numbers are known."""
    if name not in ("arange", "linspace", "logspace"):
        return None
    if name != "arange":
        count = args.bind("start", "stop", "num").get("num", Const(50))
        return sizes(count) or (None,)
    numbers = [v.value for v in args.positional if isinstance(v, Const) and isinstance(v.value, int | float)]
    if (
        not numbers
        or len(numbers) < len(args.positional)
        or len(numbers) > 3
        or set(args.keywords) - {"dtype"}
    ):
        return (None,)
    start, stop, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    if step == 0 or not all(map(math.isfinite, numbers)):
        return (None,)
    return (max(0, math.ceil((stop - start) / step)),)


def _axis(args: Args, position: int = 0, default: int | None = None) -> tuple[int, ...] | None:
    """The axes that are given; () for none, None where that is not known."""
    given = args.keywords.get("axis", args.positional[position] if len(args.positional) > position else None)
    if given is None:
        return () if default is None else (default,)
    if isinstance(given, Const) and given.value is None:
        return ()
    found = sizes(given)
    return None if found is None or None in found else tuple(a for a in found if a is not None)


def _reduced(shapes: Shapes, args: Args) -> Shape | None:
    shape, axes = shapes[0] or (), _axis(args)
    if axes is None or any(not -len(shape) <= a < len(shape) for a in axes):
        return None
    gone = {a % len(shape) for a in axes} or set(range(len(shape)))
    keep = args.keywords.get("keepdims", Const(False))
    if not isinstance(keep, Const):
        return None
    if keep.value:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def _total(shape: Shape) -> int | None:
    known = [n for n in shape if n is not None]
    return math.prod(known) if len(known) == len(shape) else None


def _reshaped(shapes: Shapes, args: Args) -> Shape | None:
    parts = args.positional
    wanted = sizes(parts[0]) if len(parts) == 1 else sizes(TupleValue(parts))
    if not wanted:
        return None
    if -1 not in wanted:
        return wanted
    rest, total = _total(tuple(n for n in wanted if n != -1)), _total(shapes[0] or ())
    filled = total // rest if rest and total is not None and wanted.count(-1) == 1 else None
    return tuple(filled if n == -1 else n for n in wanted)


def _flat(shapes: Shapes, args: Args) -> Shape | None:
    return (_total(shapes[0] or ()),)


def _transposed(shapes: Shapes, args: Args) -> Shape | None:
    shape = shapes[0] or ()
    if not args.positional and not args.keywords:
        return shape[::-1]
    given = args.positional[0] if len(args.positional) == 1 else TupleValue(args.positional)
    order = sizes(args.keywords.get("axes", given))
    if order is None or sorted(n for n in order if n is not None) != list(range(len(shape))):
        return None
    return tuple(shape[n] for n in order if n is not None)


def _swapped(shapes: Shapes, args: Args) -> Shape | None:
    shape, pair = list(shapes[0] or ()), sizes(TupleValue(args.positional))
    if (
        pair is None
        or len(pair) != 2
        or not all(n is not None and -len(shape) <= n < len(shape) for n in pair)
    ):
        return None
    a, b = (n for n in pair if n is not None)
    shape[a], shape[b] = shape[b], shape[a]
    return tuple(shape)


def _squeezed(shapes: Shapes, args: Args) -> Shape | None:
    shape, axes = shapes[0] or (), _axis(args)
    if axes is None or (not axes and None in shape) or any(not -len(shape) <= a < len(shape) for a in axes):
        return None
    gone = {a % len(shape) for a in axes} or {i for i, n in enumerate(shape) if n == 1}
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def _expanded(shapes: Shapes, args: Args) -> Shape | None:
    shape, axes = list(shapes[0] or ()), _axis(args)
    if not axes or len(axes) != 1 or not -len(shape) - 1 <= axes[0] <= len(shape):
        return None
    shape.insert(axes[0] % (len(shape) + 1), 1)
    return tuple(shape)


def _joined(shapes: Shapes, axis: int) -> Shape | None:
    first = shapes[0] or ()
    if any(s is None or len(s) != len(first) for s in shapes) or not -len(first) <= axis < len(first):
        return None
    parts = [s[axis] for s in shapes if s is not None]
    total = sum(n for n in parts if n is not None) if None not in parts else None
    at = axis % len(first)
    return (*first[:at], total, *first[at + 1 :])


def _concatenated(shapes: Shapes, args: Args) -> Shape | None:
    axes = _axis(args, 0, 0)
    return _joined(shapes, axes[0]) if axes is not None and len(axes) == 1 else None


def _stacked(shapes: Shapes, args: Args) -> Shape | None:
    axes, first = _axis(args, 0, 0), shapes[0] or ()
    if not axes or len(axes) != 1 or any(s is None or len(s) != len(first) for s in shapes):
        return None
    rows = list(first)
    rows.insert(axes[0] % (len(first) + 1), len(shapes))
    return tuple(rows)


def _side_by_side(shapes: Shapes, args: Args) -> Shape | None:
    return _joined(shapes, 0 if len(shapes[0] or ()) == 1 else 1)


def _above(shapes: Shapes, args: Args) -> Shape | None:
    return _joined([(1, *(s or ())) if len(s or ()) == 1 else s for s in shapes], 0)


def _columns(shapes: Shapes, args: Args) -> Shape | None:
    return _joined([(*(s or ()), 1) if len(s or ()) == 1 else s for s in shapes], 1)


_RULES: dict[str, Rule] = {
    "reshape": _reshaped, "ravel": _flat, "flatten": _flat, "flat": _flat, "T": _transposed,
    "transpose": _transposed, "swapaxes": _swapped, "squeeze": _squeezed, "expand_dims": _expanded,
    "concatenate": _concatenated, "stack": _stacked, "hstack": _side_by_side, "vstack": _above,
    "row_stack": _above, "column_stack": _columns,
}  # fmt: skip
