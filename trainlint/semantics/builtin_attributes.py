"""Built-in functions that look for attributes by name: hasattr, getattr, setattr, delattr."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.semantics.choices import chosen
from trainlint.semantics.classes import computes
from trainlint.semantics.definitions import ClassValue, ModuleValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


def of_all(run: Interpreter, union: UnionValue, test: Callable[[Value], Value]) -> Value:
    """A test of every alternative, None among them."""
    answers = [test(v) for v in union.alternatives]
    result = answers[0]
    for answer in answers[1:]:
        result = run.join(result, answer)
    return result


def has_attribute(run: Interpreter, value: Value, name: str, plainly: bool = False) -> bool | None:
    """Whether an object has an attribute; None where that is not known. plainly: without what its class computes."""
    if isinstance(value, Instance):
        if name in value.attrs or run.class_attribute(value.cls, name) is not None:
            return True
        for cls in value.library_classes():
            if cls.attribute(run, value, name) is not None:
                return True
        closed = all(c.without(value, name) for c in value.library_classes())
        if not closed or getattr(value.cls, "open", False):
            return None
        if plainly or not computes(value.cls):
            return False
        return None if isinstance(run.get_attr(value, name), Unknown) else True
    if isinstance(value, External):  # a name that its library models is there
        if run.lacks_name(f"{value.qualname}.{name}"):
            return False
        found = value.get_attr(run, name)
        return None if isinstance(found, (External, Unknown)) else True
    if isinstance(value, ModuleValue):
        return run.module_has(value, name)
    if isinstance(value, LibraryClass):
        return True if any(cls.shows(name) for cls in value.lineage()) else None
    if isinstance(value, ClassValue):
        if run.class_attribute(value, name) is not None or any(c.shows(name) for c in value.library_lineage):
            return True
        return False if not value.open and all(c.lacks(name) for c in value.library_lineage) else None
    answer: bool | None = value.has_attr(name) if isinstance(value, DictValue) else None
    if answer is not None:
        return answer
    plain: Any = {ListValue: list, TupleValue: tuple}.get(type(value))
    if type(value) is DictValue:
        plain = dict
    elif isinstance(value, Const):
        plain = type(value.value)
    elif isinstance(value, ListValue) and value.kind != "list":
        plain = None
    return hasattr(plain, name) if plain is not None else None


def make_hasattr(run: Interpreter, args: Args) -> Value:
    """`hasattr(x, name)`"""
    if len(args.positional) == 2 and isinstance(args.positional[1], Const):
        value = args.positional[0]
        if isinstance(value, UnionValue):
            return of_all(run, value, lambda v: make_hasattr(run, Args([v, args.positional[1]])))
        found = has_attribute(run, value, str(args.positional[1].value))
        if found is not None:
            return Const(found)
    return Unknown("hasattr()")


def make_getattr(run: Interpreter, args: Args) -> Value:
    """`getattr(x, name, default)`"""
    if len(args.positional) < 2:
        return Unknown("getattr()")
    value, name, *rest = args.positional
    if not isinstance(name, Const) and isinstance(value, Instance) and unnamed(name) in value.attrs:
        return value.attrs[unnamed(name)]
    if isinstance(name, UnionValue):
        return run.each(name, lambda n: make_getattr(run, Args([value, n, *rest])))
    if isinstance(value, UnionValue):
        return run.each(value, lambda v: make_getattr(run, Args([v, name, *rest])))
    if not isinstance(name, Const):
        return Unknown(f"an attribute of {value.describe()} whose name is not known")
    known = has_attribute(run, value, str(name.value))
    if known is False:
        return rest[0] if rest else _lacks(run, value, str(name.value))
    return chosen(run.get_attr(value, str(name.value)), name)


def make_plain_getattr(run: Interpreter, args: Args) -> Value:
    """`object.__getattribute__(x, name)`: what the class computes is not asked."""
    value, name = args.positional
    if isinstance(name, Const) and has_attribute(run, value, str(name.value), plainly=True) is False:
        return _lacks(run, value, str(name.value))
    return make_getattr(run, args)


def _lacks(run: Interpreter, value: Value, name: str) -> Value:
    run.frame.fails("AttributeError", run)
    return Unknown(f"{value.describe()} has no attribute {name}")


def make_setattr(run: Interpreter, args: Args) -> Value:
    """`setattr(x, name, value)`; under a name that is not known, plain attributes may have become the value."""
    if len(args.positional) != 3:
        return Unknown("setattr()")
    target, name, value = args.positional
    if isinstance(name, Const):
        target.set_attr(run, str(name.value), value)
    elif isinstance(target, Instance):
        leave_open(run, target)
        for known, old in list(target.attrs.items()):
            if isinstance(old, Const):
                run.write(target.attrs, known, run.join(old, value))
        if not isinstance(value, Const):
            target.set_attr(run, unnamed(name), value)
    return _NONE


def make_plain_setattr(run: Interpreter, args: Args) -> Value:
    """`object.__setattr__(x, name, value)`: what the class makes of its attributes is not asked."""
    from trainlint.semantics.names import set_plain

    receiver, name, _ = args.positional
    if isinstance(receiver, Instance) and isinstance(name, Const):
        return set_plain(run, receiver, Args(args.positional[1:]))
    return make_setattr(run, args)


def unnamed(name: Value) -> str:
    """What stands for the name of an attribute that is not known: the same for the same unknown value."""
    return f"{UNNAMED}{name.describe()}>"


UNNAMED = "<"
"""Begins what no attribute is called."""


def leave_open(run: Interpreter, instance: Instance) -> None:
    """Note that an object has attributes whose names are not known."""
    run.write(instance.attrs, f"{UNNAMED}more>", _NONE)


def has_open_names(instance: Instance) -> bool:
    """Whether an object may have attributes under names that are not known."""
    return any(name.startswith(UNNAMED) for name in instance.attrs)


def make_delattr(run: Interpreter, args: Args) -> Value:
    """`delattr(x, name)`"""
    if len(args.positional) == 2 and isinstance(args.positional[1], Const):
        args.positional[0].del_attr(run, str(args.positional[1].value))
    return _NONE
