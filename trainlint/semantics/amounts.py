"""Numbers that are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.semantics.truths import OnOneDevice
from trainlint.semantics.values import Const, Items, Origin, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**"})


class Real(Unknown):
    """A number that is not known: what is computed of it and other numbers is one again, and no tensor."""

    __slots__ = ()

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op not in _ARITHMETIC or not is_number(other):
            return None
        left, right = (other, self) if reflected else (self, other)
        return Real(f"{left.describe()} {op} {right.describe()}"[:80], left.origin or right.origin)

    def unary(self, run: Interpreter, op: str) -> Value:
        return Real(f"{op}{self.describe()}"[:80], self.origin)


class Sizes(Unknown):
    """A shape of which not even the number of dimensions is known: each of its elements is a number all the same."""

    __slots__ = ()

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return Sizes(self.why) if isinstance(key, SliceValue) else Real("a size that is not known")

    def iterate(self, run: Interpreter) -> Items:
        return Items([Real("a size that is not known")], exact=False, over="unknown")


class Usual(Real):
    """A number that the machine or the size of the data decides, and what it usually is: of one device, and of more data
    than one batch takes. A fact it is not; what is computed of it keeps its usual value."""

    __slots__ = ("usual",)

    def __init__(self, why: str, usual: Const, origin: Origin = ()) -> None:
        super().__init__(why, origin or usual.origin)
        self.usual = usual

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        known = usual_of(other)
        if op not in _ARITHMETIC | _COMPARISONS or known is None:
            return super().binary(run, op, other, reflected)
        left, right = (known, self.usual) if reflected else (self.usual, known)
        result = run.operate(op, left, right)
        if op in _COMPARISONS:
            truth = result.truth(run)
            return OnOneDevice(truth) if truth is not None else None
        return Usual(self.why, result) if isinstance(result, Const) else Real(self.why)


class Counted(Unknown):
    """Things of which the machine decides how many there are, and how many there usually are: one device."""

    __slots__ = ("usual",)

    def __init__(self, why: str, usual: int) -> None:
        super().__init__(why)
        self.usual = usual


class Rest(Unknown):
    """What something unknown leaves by 1: nothing, as code asks for it that counts (`state.step % every == 0`)."""

    __slots__ = ()

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        zero = isinstance(other, Const) and type(other.value) is int and other.value == 0
        return Const(op == "==") if zero and op in ("==", "!=") else None

    def truth(self, run: Interpreter) -> bool | None:
        return False


def usual_of(value: Value) -> Const | None:
    """A number, or what it usually is."""
    if isinstance(value, Usual):
        return value.usual
    return value if isinstance(value, Const) and isinstance(value.value, int | float) else None


def extreme(name: str, values: list[Value]) -> Value | None:
    """min() or max() of numbers of which the usual values are known; a length, or what counts up, is taken to be more than
    is asked of it."""
    usual = [(usual_of(v), v) for v in values]
    bounded = [v for v, _ in usual if v is not None]
    counts = [v for known, v in usual if known is None and isinstance(v, Whole)]
    lengths = [v for v in counts if v.least is not None and v.least >= 0]
    if not bounded or len(bounded) + len(lengths) < len(values) or (lengths and name == "max"):
        return None
    pick = min if name == "min" else max
    return Usual(f"{name}()", pick(bounded, key=lambda const: const.value))


def is_number(value: Value) -> bool:
    """Whether it is a plain number, known or not."""
    plain = isinstance(value, Const) and isinstance(value.value, int | float)
    return plain or isinstance(value, Real)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Whole(Real):
    """A whole number that is not known: an index, a counter. By 1 it leaves no remainder (`step % args.every == 0`).

    least: what it is not below, so that `step < 0` is known; None where that is not known.
    """

    __slots__ = ("least",)

    def __init__(self, why: str, origin: Origin = (), least: int | None = None) -> None:
        super().__init__(why, origin)
        self.least = least

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op in _MIRRORED and isinstance(other, Const) and self.least is not None:
            return self._beside(_MIRRORED[op] if reflected else op, other.value)
        one = type(other.value) is int if isinstance(other, Const) else isinstance(other, Whole)
        if not one or op not in ("+", "-", "*", "//", "%"):
            return super().binary(run, op, other, reflected)
        if op == "%" and not reflected and isinstance(other, Const) and other.value == 1:
            return Const(0)
        least = other.value if isinstance(other, Const) else getattr(other, "least", None)
        if op == "+" and least is not None and self.least is not None:
            return Whole(self.why, least=self.least + least)
        return Whole(self.why)

    def _beside(self, op: str, number: Any) -> Const | None:
        """`self op number`, where the least value decides it."""
        if self.least is None or not isinstance(number, int | float):
            return None
        above, not_below = self.least > number, self.least >= number
        if op in ("<", ">="):
            return Const(op == ">=") if not_below else None
        return Const(op == ">") if above else None

    def types(self) -> tuple[str, ...] | None:
        return ("int", "object")


class Once(Unknown):
    """Whether this is one certain pass of the loop around: its last batch, say."""

    __slots__ = ()
