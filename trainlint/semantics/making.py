"""How instances of the program's own classes come to be: `__new__`, then `__init__`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.classes import class_attribute, construct
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def instantiate(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """`Class(...)`"""
    run.reach(cls.node, cls.module)
    made = _by_new(run, cls, args)
    if made is not None:
        return made
    instance = bare(run, cls)
    replaced = construct(run, cls, instance, args)
    return replaced if replaced is not None else instance


def bare(run: Interpreter, cls: ClassValue) -> Instance:
    """`object.__new__(cls)`: an instance that no `__init__` has seen."""
    instance = Instance(cls, run.here)
    covered: set[int] = set()
    for library in cls.library_lineage:
        if id(library) not in covered:
            library.allocate(run, instance)
            covered.update(id(base) for base in library.lineage())
    return instance


def _by_new(run: Interpreter, cls: ClassValue, args: Args) -> Value | None:
    """By the program's own `__new__`, which may return anything; `__init__` runs on what is an instance of the class."""
    maker = class_attribute(cls, "__new__")
    # Members, tuples and tensors are given their value by their library's `__new__`, which is not modelled.
    by_library = any(getattr(c, "own_new", False) and c.qualname != "object" for c in cls.library_lineage)
    if by_library or not isinstance(maker, FunctionValue):
        return None
    made = run.call(maker, Args([cls, *args.positional], args.keywords, args.open))
    if isinstance(made, Unknown):
        return None
    if any(_is_made_whole(c) for c in cls.library_lineage) and class_attribute(cls, "__init__") is None:
        return made
    for value in made.alternatives if isinstance(made, UnionValue) else (made,):
        if isinstance(value, Instance) and isinstance(value.cls, ClassValue) and cls in value.cls.mro:
            construct(run, value.cls, value, args)
    return made


def new_of(cls: ClassValue, owner: Value) -> Value:
    """`super().__new__` in a class's `__new__`: the next one in the class's order, or the one that makes it bare."""
    order = list(cls.mro)
    for part in order[order.index(owner) + 1 :] if owner in order else order[1:]:
        found = getattr(part, "namespace", {}).get("__new__")
        if isinstance(found, FunctionValue):
            return found
        if isinstance(part, LibraryClass) and _is_made_whole(part):
            return Native(f"{part.qualname}.__new__", lambda run, args, c=part: _make_whole(run, c, args))  # type: ignore[misc]
    return Native("object.__new__", make_bare)


def _is_made_whole(cls: LibraryClass) -> bool:
    """Whether `__new__` takes what a constructor of others takes (named tuples)."""
    return bool(getattr(cls, "made_whole", False))


def _make_whole(run: Interpreter, library: LibraryClass, args: Args) -> Value:
    """`super().__new__(cls, *fields)`"""
    wanted = args.positional[0] if args.positional else None
    if not isinstance(wanted, ClassValue):
        return Unknown(f"{library.qualname}.__new__()")
    instance = bare(run, wanted)
    library.construct(run, instance, Args(args.positional[1:], args.keywords, args.open))
    return instance


def make_bare(run: Interpreter, args: Args) -> Value:
    """`object.__new__(cls)`; for a metaclass the class that is being made by it."""
    from trainlint.semantics.metaclasses import being_made, make_by_type

    wanted = args.positional[0] if args.positional else None
    if wanted is not None and (made := being_made(run, wanted)) is not None:
        return make_by_type(run, made, args)
    return bare(run, wanted) if isinstance(wanted, ClassValue) else Unknown("object.__new__()")
