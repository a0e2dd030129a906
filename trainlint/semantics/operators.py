"""Operators between any two values."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from trainlint.semantics.amounts import Real, Rest
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External, Marker, Native
from trainlint.semantics.scalars import const_binary
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor, TensorType
from trainlint.semantics.text_joining import in_percent
from trainlint.semantics.truths import Leftover, NoneAtFirst
from trainlint.semantics.undecided import Undecided
from trainlint.semantics.values import Const, Origin, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
NEVER_NONE = (
    Instance, Tensor, ListValue, TupleValue, DictValue, FunctionValue, ClassValue, ModuleValue, BoundMethod,
    Native, LibraryClass,
)  # fmt: skip


def operate(run: Interpreter, op: str, left: Value, right: Value) -> Value:
    """`left op right`; the result of known numbers keeps the chain of origins of its left operand."""
    if op == "%" and isinstance(left, Const) and isinstance(left.value, str):
        right = in_percent(run, right)
    if isinstance(left, Const) and isinstance(right, Const):
        result = const_binary(op, _numeric(run, op, left, right), _numeric(run, op, right, left))
        if result.origin:
            return result.with_origin(extend(result.origin, run.here))
        return result
    if isinstance(left, Const) or isinstance(right, Const):
        left, right = _meant_as_number(run, op, left, right), _meant_as_number(run, op, right, left)
    if isinstance(right, UnionValue) and not isinstance(left, (UnionValue, Tensor)):
        return run.each(right, lambda v: operate(run, op, left, v))
    found = left.binary(run, op, right, False)
    if found is None:
        found = right.binary(run, op, left, True)
    if found is None and op == "|":
        found = _either_class(left, right)
    if found is None:
        by_one = op == "%" and isinstance(right, Const) and type(right.value) is int and right.value == 1
        kind = Rest if by_one and type(left) is Unknown else Unknown
        return kind(f"{left.describe()} {op} {right.describe()}"[:80], left.origin or right.origin)
    return found


def _either_class(left: Value, right: Value) -> Value | None:
    """`Config | dict | None`, a type like the tuple of its parts; None where neither side is known to be one."""
    parts: list[Value] = []
    for side in (left, right):
        parts += side.elements if isinstance(side, TupleValue) and not side.open else [side]
    typed = all(_is_class(p) or (isinstance(p, Const) and p.value is None) for p in parts)
    return TupleValue(parts) if typed and not all(isinstance(p, Const) for p in parts) else None


def _is_class(value: Value) -> bool:
    """A class that has no `|` of its own; what no table tells of, by the way that classes are written and flags are not."""
    if isinstance(value, External):
        name = value.qualname.rpartition(".")[2]
        return name[:1].isupper() and not name.isupper()
    return isinstance(value, LibraryClass) or (isinstance(value, ClassValue) and value.metaclass is None)


def _numeric(run: Interpreter, op: str, value: Const, other: Const) -> Const:
    """Text from a config that meets a number in arithmetic (`cfg["lr"] * 2`) counts as the number it is meant as."""
    wants = isinstance(other.value, (int, float)) and not isinstance(other.value, bool)
    if value.text is None or not wants or op not in ("+", "-", "/", "**", "//", "<", "<=", ">", ">="):
        return value
    found = run.number(value)
    return Const(found.value, found.origin) if found.known else value


def _meant_as_number(run: Interpreter, op: str, value: Value, other: Value) -> Value:
    """Text from a config that meets a tensor or what came of one (`loss.item() < tolerance`)."""
    if (
        isinstance(value, Const)
        and value.text is not None
        and isinstance(other, Tensor)
        and op not in ("==", "!=")
    ):
        found = run.number(value)
        return Const(found.value, found.origin) if found.known else value
    return value


def compare(run: Interpreter, op: ast.cmpop, left: Value, right: Value) -> Value:
    """A comparison; Unknown where it cannot be decided."""
    if isinstance(op, (ast.Is, ast.IsNot)):
        same = identical(left, right)
        return _identity(op, left, right) if same is None else Const(same is isinstance(op, ast.Is))
    if isinstance(op, (ast.In, ast.NotIn)):
        truth = contains(run, right, left)
        return Unknown("a membership test") if truth is None else Const(truth is isinstance(op, ast.In))
    text = COMPARISONS[type(op)]
    if text in ("==", "!=") and not isinstance(left, UnionValue) and not isinstance(right, UnionValue):
        same = _equal(left, right)
        if same is not None:
            return Const(same is (text == "=="), _text_origin(left) or _text_origin(right))
    result = operate(run, text, left, right)
    if text in ("==", "!=") and any(_may_be_none(v) for v in (left, right)):
        others = (compare(run, op, a, b) for a in _nones(left) for b in _nones(right))
        truth = result.truth(run)
        if any(other.truth(run) is not truth for other in others):
            return Unknown("a comparison with what may be None")
    return result


def _identity(op: ast.cmpop, left: Value, right: Value) -> Value:
    """`sampler is None` where that is not decided."""
    if not isinstance(left, UnionValue) or not isinstance(right, Const):
        return Unknown("an identity test")
    if isinstance(left, NoneAtFirst) and right.value is None:
        return Leftover(isinstance(op, ast.Is), own=True)
    found = Undecided("an identity test", left, lambda alternative: identical(alternative, right))
    return found if isinstance(op, ast.Is) else found.negated()


def _may_be_none(value: Value) -> bool:
    return isinstance(value, UnionValue) and any(
        isinstance(v, Const) and v.value is None for v in value.alternatives
    )


def _nones(value: Value) -> tuple[Value, ...]:
    """The alternative None of a union, which `operate` leaves out; any other value as it is."""
    return (Const(None),) if _may_be_none(value) else (value,)


def _text_origin(value: Value) -> Origin:
    """Where a text came from that decides a comparison."""
    return value.origin if isinstance(value, Const) and isinstance(value.value, str) else ()


def identical(left: Value, right: Value) -> bool | None:
    """Whether two values are one object."""
    if isinstance(left, UnionValue) or isinstance(right, UnionValue):
        lefts = left.alternatives if isinstance(left, UnionValue) else (left,)
        rights = right.alternatives if isinstance(right, UnionValue) else (right,)
        found = {identical(a, b) for a in lefts for b in rights}
        return found.pop() if len(found) == 1 else None
    if isinstance(left, Const) and isinstance(right, Const):
        return type(left.value) is type(right.value) and left.value == right.value
    if (left is right and not isinstance(left, Unknown)) or _is_same_class(left, right):
        return True
    if _of_tensor(left, right):
        return False
    if _is_number_beside_none(left, right):
        return False
    if any(isinstance(a, External) and isinstance(b, Const) for a, b in ((left, right), (right, left))):
        return False
    if isinstance(left, (Unknown, External)) or isinstance(right, (Unknown, External)):
        names = (getattr(left, "qualname", None), getattr(right, "qualname", ""))
        return True if names[0] == names[1] else None
    return False


def _is_number_beside_none(left: Value, right: Value) -> bool:
    """Whether one is a number, though it is not known which, and the other None: `len(names) is not None`."""
    pairs = ((left, right), (right, left))
    return any(isinstance(a, Real) and isinstance(b, Const) and b.value is None for a, b in pairs)


def _equal(left: Value, right: Value) -> bool | None:
    if _is_number_beside_none(left, right):
        return False
    for a, b in ((left, right), (right, left)):
        if isinstance(a, Const) and isinstance(b, NEVER_NONE) and not isinstance(b, (Tensor, Instance)):
            return False
        if isinstance(a, Const) and isinstance(b, Instance) and (a.value is None or _is_plain(b)):
            return False
        if _is_version(a) and isinstance(b, Const) and not re.match(r"v?\d", str(b.value)):
            return False
    if isinstance(left, (LibraryClass, ClassValue, FunctionValue)) and left is right:
        return True
    if _is_same_class(left, right):
        return True
    if isinstance(left, Marker) and isinstance(right, Marker):
        return left.qualname == right.qualname
    return False if _are_classes(left, right) or _of_tensor(left, right) else None


def _is_same_class(left: Value, right: Value) -> bool:
    """Whether both are one class of a library: what a table or a text picked keeps where it was picked, as an object of its own."""
    both = isinstance(left, LibraryClass) and isinstance(right, LibraryClass) and type(left) is type(right)
    return both and left.qualname == right.qualname and left.qualname != ""  # type: ignore[attr-defined]


def _is_version(value: Value) -> bool:
    """A library's `__version__`: a text that starts with a number (PEP 440)."""
    return isinstance(value, External) and value.qualname.endswith(".__version__")


def _is_plain(instance: Instance) -> bool:
    """Whether an object equals only itself, and objects of its class: its classes are all seen, and none says more."""
    cls = instance.cls
    if not isinstance(cls, ClassValue) or cls.open or cls.library_lineage:
        return False
    return all("__eq__" not in part.namespace for part in cls.mro if isinstance(part, ClassValue))


def _of_tensor(left: Value, right: Value) -> bool:
    """Whether one is a tensor's class and the other a built-in class: `type(x) == list`."""
    pairs = ((left, right), (right, left))
    return any(
        isinstance(a, TensorType) and isinstance(b, LibraryClass) and "." not in b.qualname for a, b in pairs
    )


def _are_classes(left: Value, right: Value) -> bool:
    """Whether both are classes, which equal themselves only: `type(m) == nn.Linear`."""
    return all(isinstance(value, (LibraryClass, ClassValue)) for value in (left, right))


def contains(run: Interpreter, container: Value, value: Value) -> bool | None:
    """`value in container`"""
    if isinstance(container, Const) and isinstance(value, Const):
        both = isinstance(container.value, str) and isinstance(value.value, str)
        return value.value in container.value if both else None
    found = container.binary(run, "in", value, True)
    return found.truth(run) if found is not None else None
