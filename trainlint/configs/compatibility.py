"""six, future and past: names that are one thing in Python 2 and another in Python 3; what they are in Python 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics import metaclasses
from trainlint.semantics.builtins import BUILTINS
from trainlint.semantics.class_making import made_class
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MOVED = {
    "six.moves.cPickle": "pickle", "six.moves.reduce": "functools.reduce", "six.moves.urllib": "urllib",
    "six.moves.zip_longest": "itertools.zip_longest", "six.moves.builtins": "builtins", "six.StringIO": "io.StringIO",
    "six.BytesIO": "io.BytesIO",
}  # fmt: skip
"""Names of six for what the standard library has elsewhere."""


class SixLibrary(TableLibrary):
    """Adds what six only passes on."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        for name, target in _MOVED.items():
            if qualname == name or qualname.startswith(f"{name}."):
                return run.library_name(target + qualname[len(name) :])
        if qualname.startswith("six.moves."):
            return BUILTINS.get({"xrange": "range"}.get(last := qualname.rpartition(".")[2], last))
        return super().resolve(run, qualname)


LIBRARY = SixLibrary("six", "past", "future", observers=("six.print_",))
LIBRARIES = [LIBRARY]

for _name, _types in (("string_types", "str"), ("integer_types", "int"), ("class_types", "type")):
    LIBRARY.entries[f"six.{_name}"] = TupleValue([BUILTINS[_types]])
for _name, _type in (("text_type", "str"), ("binary_type", "bytes"), ("unichr", "chr")):
    LIBRARY.entries[f"six.{_name}"] = BUILTINS[_type]
for _name in ("str", "int", "range", "object", "map", "zip", "filter", "open", "input", "round"):
    for _package in ("past.builtins", "future.builtins"):
        if _name in BUILTINS:
            LIBRARY.entries[f"{_package}.{_name}"] = BUILTINS[_name]
LIBRARY.entries["past.builtins.xrange"] = BUILTINS["range"]
LIBRARY.entries["past.builtins.basestring"] = BUILTINS["str"]
LIBRARY.constant("six.PY2", False)
LIBRARY.constant("six.PY3", True)


def _view(name: str, *also: str) -> None:
    def call(run: Interpreter, args: Args) -> Value:
        return run.call_method(args.positional[0], name) if args.positional else Unknown(f"{name}()")

    for qualname in also:
        LIBRARY.entries[qualname] = Native(qualname, call)


_view("items", "six.iteritems", "six.viewitems", "future.utils.iteritems", "future.utils.viewitems")
_view("values", "six.itervalues", "six.viewvalues", "future.utils.itervalues")
_view("keys", "six.iterkeys", "six.viewkeys", "future.utils.iterkeys")


@LIBRARY.function("six.next", "six.advance_iterator")
def _next(run: Interpreter, args: Args) -> Value:
    return run.call(BUILTINS["next"], args)


@LIBRARY.function("six.python_2_unicode_compatible", "six.wraps")
def _decorator(run: Interpreter, args: Args) -> Value:
    """`@six.python_2_unicode_compatible`: the class as it is."""
    return Native("six", lambda r, more: more.positional[0] if more.positional else Unknown("a class"))


@LIBRARY.function("six.add_metaclass", "future.utils.add_metaclass")
def add_metaclass(run: Interpreter, args: Args) -> Value:
    """`@six.add_metaclass(Meta)`: the class is made again by its metaclass."""
    metaclass = args.positional[0] if args.positional else None

    def decorate(r: Interpreter, given: Args) -> Value:
        cls = given.positional[0] if given.positional else Unknown("a class")
        if not isinstance(cls, ClassValue) or not isinstance(metaclass, ClassValue):
            return cls  # `abc.ABCMeta` adds nothing that is seen here
        cls.metaclass = metaclass
        return metaclasses.created(r, cls, {})

    return Native("six.add_metaclass", decorate)


@LIBRARY.function("six.with_metaclass", "future.utils.with_metaclass")
def with_metaclass(run: Interpreter, args: Args) -> Value:
    """`class Model(six.with_metaclass(Meta, Base))`: a base that has these bases and hands its metaclass on."""
    metaclass, bases = (args.positional[0], args.positional[1:]) if args.positional else (None, [])
    if args.open or not all(isinstance(base, ClassValue | LibraryClass) for base in bases):
        return Unknown("six.with_metaclass()")
    base = made_class(run, "temporary_class", bases, {})
    if isinstance(metaclass, ClassValue):
        base.metaclass = metaclass
    return base
