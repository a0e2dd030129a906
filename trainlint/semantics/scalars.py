"""What numbers and strings do. Results that could be huge are not computed: they are unknown."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from trainlint.semantics.keys import key_of
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.text_joining import formatted, join_texts
from trainlint.semantics.values import Args, Const, Origin, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_TEXT = 100_000
"""Characters of a computed string."""
LONGEST_LITERAL = 1000
"""Characters of a literal that is read from a text."""
WIDEST_INTEGER = 1000
"""Bits of a computed integer; sizes and rates of training code stay far below, and a float holds 1,023."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "&": operator.and_, "|": operator.or_, "^": operator.xor,
    "<<": operator.lshift, ">>": operator.rshift, "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
}  # fmt: skip

_PLAIN = (bool, int, float, str, bytes, type(None), tuple)
_BIG_FIELD = re.compile(r"\d{4,}")
_STAR_FIELD = re.compile(
    r"%[-#0 +\d.]*\*"
)  # a width that is an argument; a text may hold stars beside its fields
_FIELD_ACCESS = re.compile(r"\{[^{}:!]*[.\[]")


def chain(*operands: Value) -> Origin:
    """The origins of the first operand that has any."""
    return next((o.origin for o in operands if o.origin), ())


def const_binary(op: str, a: Const, b: Const) -> Value:
    """`a op b` for constants; `in` asks whether a is in b. Unknown where Python raises or the result is huge.

    The result's origin is that of the left operand, or of the right if the left has none; that of a fraction before that
    of a whole number by which it is scaled (`batch_size * workers * base_lr`), that of any number before a factor of 1
    (`num_gpus * samples_per_gpu`).
    """
    left, right = a.value, b.value
    scaled = op == "*" and type(left) is int and (type(right) is float or (left == 1 and type(right) is int))
    origin = chain(b, a) if scaled else chain(a, b)
    if op in ("in", "not in"):
        try:
            return Const((left in right) == (op == "in"), origin)
        except (TypeError, ValueError):
            return Unknown(f"{a.describe()} in {b.describe()}", origin)
    if op == "%" and isinstance(left, str):
        return percent_format(a, [b])
    function = _OPERATORS.get(op)
    why = f"{a.describe()} {op} {b.describe()}"
    if function is None or too_large(op, left, right):
        return Unknown(why, origin)
    try:
        result = function(left, right)
    except (TypeError, ValueError, ArithmeticError):
        return Unknown(why, origin)
    wide = isinstance(result, int) and _bits(result) > WIDEST_INTEGER
    return Const(result, origin) if isinstance(result, _PLAIN) and not wide else Unknown(why, origin)


def const_unary(op: str, a: Const) -> Value:
    """`-a`, `+a`, `~a`, `not a`."""
    try:
        if op == "not":
            return Const(not a.value, a.origin)
        functions: dict[str, Callable[[Any], Any]] = {
            "-": operator.neg,
            "+": operator.pos,
            "~": operator.invert,
        }
        return Const(functions[op](a.value), a.origin)
    except (TypeError, KeyError):
        return Unknown(f"{op}{a.describe()}", a.origin)


def too_large(op: str, left: Any, right: Any) -> bool:
    """Whether the result of an operator would take much memory or time."""
    if op == "*":
        if isinstance(left, (str, bytes)) or isinstance(right, (str, bytes)):
            text, count = (left, right) if isinstance(left, (str, bytes)) else (right, left)
            return isinstance(count, int) and len(text) * count > LONGEST_TEXT
        return (
            isinstance(left, int) and isinstance(right, int) and _bits(left) + _bits(right) > WIDEST_INTEGER
        )
    if op == "**" and isinstance(left, int) and isinstance(right, int):
        return _bits(left) * abs(right) > WIDEST_INTEGER
    if op == "<<" and isinstance(left, int) and isinstance(right, int):
        return right > WIDEST_INTEGER or _bits(left) + right > WIDEST_INTEGER
    if op == "+" and isinstance(left, (str, bytes)) and isinstance(right, (str, bytes)):
        return len(left) + len(right) > LONGEST_TEXT
    return False


def _bits(value: int) -> int:
    return int(value).bit_length()


def percent_format(template: Const, values: Sequence[Value]) -> Value:
    """`template % values`"""
    text = template.value
    known = [v.value for v in values if isinstance(v, Const)]
    why = Unknown("text with a part that is not known", chain(template, *values))
    if (
        not isinstance(text, str)
        or len(known) < len(values)
        or _STAR_FIELD.search(text)
        or _BIG_FIELD.search(text)
    ):
        return why
    try:
        return Const(text % tuple(known), chain(*values, template))
    except (TypeError, ValueError, KeyError, OverflowError):
        return why


def format_value(value: Const, spec: str) -> str | None:
    """`format(value, spec)`, or None where Python raises or the result would be long."""
    if _BIG_FIELD.search(spec):
        return None
    try:
        return format(value.value, spec)
    except (TypeError, ValueError, OverflowError):
        return None


# -- attributes


_TEXT_METHODS = frozenset({
    "capitalize", "casefold", "count", "encode", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal",
    "isdigit", "isidentifier", "islower", "isnumeric", "isspace", "istitle", "isupper", "lower", "lstrip",
    "partition", "removeprefix", "removesuffix", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill", "ljust", "rjust", "center",
})  # fmt: skip
_NUMBER_METHODS = frozenset({"is_integer", "bit_length", "bit_count", "conjugate", "hex", "as_integer_ratio"})


def scalar_attribute(run: Interpreter, self: Const, name: str) -> Value:
    """An attribute or method of a string, number or None."""
    value = self.value
    if isinstance(value, str):
        if name == "format":
            return Native("str.format", lambda r, args: formatted(r, self, args, _format))
        if name == "join":
            return Native("str.join", lambda r, args: join_texts(r, self, args))
        if name == "replace":
            return Native("str.replace", lambda r, args: _replace(self, args))
        if name in _TEXT_METHODS:
            return Native(f"str.{name}", lambda r, args: _method(self, name, args))
    elif isinstance(value, bytes) and name == "decode":
        return Native("bytes.decode", lambda r, args: _method(self, name, args))
    elif isinstance(value, (int, float)):
        if name in ("real", "numerator"):
            return self
        if name == "imag":
            return Const(type(value)(0), self.origin)
        if name == "is_integer" and isinstance(value, int):  # from Python 3.12 on
            return Native("int.is_integer", lambda r, args: Const(True, self.origin))
        if name in _NUMBER_METHODS and hasattr(value, name):
            return Native(f"{type(value).__name__}.{name}", lambda r, args: _method(self, name, args))
        if name == "item":  # numpy's numbers, which count as plain ones here
            return Native("item", lambda r, args: self)
        if name == "astype":
            return Native("astype", lambda r, args: _as_type(r, self, args))
        # A sum that no pass added to stays the number 0; code that asks it for more knows it for something else.
        return Unknown(f"{self.describe()}.{name}", self.origin, method=name)
    elif value is None:  # None has no method: code that calls one has something else here
        return Unknown(f"{self.describe()}.{name}", self.origin, method=name)
    return Unknown(f"{self.describe()}.{name}", self.origin)


def _as_type(run: Interpreter, self: Const, args: Args) -> Value:
    """A number as one of another type, which is called with it or named."""
    kind = args.bind("dtype").get("dtype")
    if isinstance(kind, Const) and isinstance(kind.value, str):
        made = (
            int
            if kind.value.startswith(("int", "uint"))
            else float
            if kind.value.startswith("float")
            else None
        )
        return Const(made(self.value), self.origin) if made is not None else Unknown("a number", self.origin)
    return run.call(kind, Args([self])) if kind is not None else Unknown("a number", self.origin)


def _method(self: Const, name: str, args: Args) -> Value:
    unknown = Unknown(f"{type(self.value).__name__}.{name}()", self.origin)
    plain = [_plain(v) for v in args.positional]
    if args.open or any(p is _UNKNOWN for p in plain):
        return unknown
    keywords = {k: _plain(v) for k, v in args.keywords.items()}
    if any(k is _UNKNOWN for k in keywords.values()):
        return unknown
    if any(isinstance(p, int) and abs(p) > LONGEST_TEXT for p in plain):
        return unknown
    try:
        return lift(getattr(self.value, name)(*plain, **keywords), self.origin)
    except (TypeError, ValueError, LookupError, OverflowError):
        return unknown


_UNKNOWN: Any = object()


def _plain(value: Value) -> Any:
    if isinstance(value, Const):
        return value.value
    if isinstance(value, TupleValue) and not value.open:
        parts = tuple(_plain(e) for e in value.elements)
        return _UNKNOWN if any(p is _UNKNOWN for p in parts) else parts
    return _UNKNOWN


def lift(value: Any, origin: Origin = ()) -> Value:
    """A plain Python value (scalars, lists, tuples and dictionaries of them) as an abstract one."""
    if isinstance(value, list):
        return ListValue([lift(v, origin) for v in value], origin)
    if isinstance(value, tuple):
        return TupleValue([lift(v, origin) for v in value], origin)
    if isinstance(value, dict):
        entries = {
            key_of(Const(k)): (Const(k), lift(v, origin)) for k, v in value.items() if isinstance(k, _PLAIN)
        }
        return DictValue(entries, origin)
    return Const(value, origin) if isinstance(value, _PLAIN) else Unknown(f"a {type(value).__name__}", origin)


def read_literal(text: Const) -> Value | None:
    """What `ast.literal_eval` makes of a text; None if it is no literal."""
    if not isinstance(text.value, str) or len(text.value) > LONGEST_LITERAL:
        return None
    try:
        return lift(ast.literal_eval(text.value.strip()), text.origin)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _format(self: Const, args: Args) -> Value:
    unknown = Unknown("text with a part that is not known", self.origin)
    known = all(isinstance(v, Const) for v in args.values()) and not args.open
    text: str = self.value
    if not known or _BIG_FIELD.search(text) or _FIELD_ACCESS.search(text):
        return unknown
    plain = [v.value for v in args.positional if isinstance(v, Const)]
    keywords = {k: v.value for k, v in args.keywords.items() if isinstance(v, Const)}
    if any((isinstance(p, str) and len(p) > 1000) or (isinstance(p, int) and abs(p) > 10**9)
           for p in (*plain, *keywords.values())):  # fmt: skip
        return unknown
    try:
        return Const(text.format(*plain, **keywords), chain(*args.values(), self))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        return unknown


def _replace(self: Const, args: Args) -> Value:
    plain = [_plain(v) for v in args.positional]
    if args.open or len(plain) < 2 or not all(isinstance(p, (str, int)) for p in plain):
        return Unknown("str.replace()", self.origin)
    if len(self.value) * max(len(str(plain[1])), 1) > LONGEST_TEXT:
        return Unknown("str.replace()", self.origin)
    return _method(self, "replace", args)


def string_item(self: Const, key: Value) -> Value:
    """`text[key]` for known indices and slices."""
    unknown = Unknown(f"item of {self.describe()}", self.origin)
    if not isinstance(self.value, (str, bytes)):
        return unknown
    if isinstance(key, SliceValue):
        bounds = [None if b is None else _plain(b) for b in (key.lower, key.upper, key.step)]
        if any(b is not None and not isinstance(b, int) for b in bounds) or bounds[2] == 0:
            return unknown
        return Const(self.value[slice(*bounds)], self.origin)
    if (
        isinstance(key, Const)
        and isinstance(key.value, int)
        and -len(self.value) <= key.value < len(self.value)
    ):
        return Const(self.value[key.value], self.origin)
    return unknown
