"""The program's own classes: definition, order of bases, instances, attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.abstract_mappings import mixin
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue, MethodDescriptor
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.purity import is_fixed
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.values import UNSEEN_PART, Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NEUTRAL_BASES = frozenset({
    "abc.ABC", "typing.Generic", "typing.Protocol", "object", "builtins.object", "typing.NamedTuple",
})  # fmt: skip
"""Bases that add no behaviour of their own to instances."""

GETTERS = ("__getattribute__", "__getattr__")
"""Methods that compute attributes, in the order in which Python asks them."""


def computes(cls: Value) -> bool:
    """Whether a class has a method that computes attributes."""
    return any(class_attribute(cls, name) is not None for name in GETTERS)


def set_bases(cls: ClassValue, bases: list[Value]) -> None:
    """Fix the bases and work out the order in which attributes are looked up (depth first, last mention wins,
    which equals Python's C3 order for the hierarchies that training code has)."""
    cls.bases = tuple(bases)
    order: list[Value] = []
    for base in bases:
        if isinstance(base, ClassValue):
            order.extend(base.mro)
            cls.open = cls.open or base.open
        elif isinstance(base, LibraryClass):
            order.extend(base.lineage())
        elif getattr(base, "qualname", base.describe()).split("[")[0] not in NEUTRAL_BASES:
            cls.open = True
    unique = [c for i, c in enumerate(order) if c not in order[i + 1 :]]
    cls.mro = (cls, *unique)


def class_attribute(cls: Value, name: str) -> Value | None:
    """An attribute that a local class or its local bases define."""
    for part in getattr(cls, "mro", ()):
        namespace = getattr(part, "namespace", None)
        if namespace is not None and name in namespace:
            found: Value = namespace[name]
            return found
    return None


def bind(run: Interpreter, value: Value, receiver: Value) -> Value:
    """A class attribute as seen from an instance."""
    if isinstance(value, FunctionValue):
        if value.kind == "property":
            return run.call(value, Args([receiver]))
        if value.kind == "staticmethod":
            return value
        if value.kind == "classmethod":
            return BoundMethod(value, receiver.cls if isinstance(receiver, Instance) else receiver)
        return BoundMethod(value, receiver)
    if isinstance(value, MethodDescriptor) or (isinstance(value, Native) and value.name.startswith("__")):
        return BoundMethod(value, receiver)  # generated special methods take the receiver first, too
    if isinstance(value, UnionValue) and any(isinstance(each, FunctionValue) for each in value.alternatives):
        return run.each(value, lambda each: bind(run, each, receiver))  # a decorator chose between two
    return value


def construct(run: Interpreter, cls: ClassValue, instance: Instance, args: Args) -> Value | None:
    """Run the first __init__ in the class's order; the value that replaces the instance, if any."""
    for part in cls.mro:
        if isinstance(part, LibraryClass):
            part.construct(run, instance, args)
            return instance.data if isinstance(instance.data, Value) else None
        initialiser = getattr(part, "namespace", {}).get("__init__")
        if initialiser is not None:
            run.call(bind(run, initialiser, instance), args)
            return None
    if cls.open:
        run.escape_args(args, cls.name)
    return None


def instance_attribute(run: Interpreter, instance: Instance, name: str) -> Value:
    """`instance.name`"""
    found = instance.attrs.get(name)
    if found is not None:
        return found
    found = class_attribute(instance.cls, name)
    if found is not None:
        run.impure += not is_fixed(found)
        return bind(run, found, instance)
    for library in instance.library_classes():
        found = library.attribute(run, instance, name)
        if found is not None:
            return found
    if name == "__class__":
        return instance.cls
    if name == "__dict__":
        from trainlint.semantics.live_dicts import InstanceDict

        return InstanceDict(instance)
    by_name = _by_name(instance, name) or mixin(run, instance, name)
    if by_name is not None:
        return by_name
    computed = _computed(run, instance, name)
    return computed if computed is not None else run.missing_attribute(instance, name)


def _computed(run: Interpreter, instance: Instance, name: str) -> Value | None:
    """What the class's `__getattribute__`, and then its `__getattr__`, says; None if it has neither.

    Python asks the first for every attribute. Here it is asked for those that are not found: for the others it mostly does what
    would be done without it. What it looks up itself (`super().__getattribute__(name)`) is looked up without it.
    """
    found: Value | None = None
    for special in GETTERS:
        getter = class_attribute(instance.cls, special)
        if getter is None or (special == "__getattribute__" and getattr(getter, "node", None) in run.active):
            continue
        found = run.call(bind(run, getter, instance), Args([Const(name)]))
        if not isinstance(found, Unknown):
            break
    return found


def _by_name(instance: Instance, name: str) -> Value | None:
    """`instance.__setattr__(name, value)` and its kin, where its class has none of its own: the built-in functions."""
    from trainlint.semantics import builtin_attributes as built_in
    from trainlint.semantics.builtin_iteration import make_iter

    made = {
        "__getattr__": built_in.make_getattr,
        "__getattribute__": built_in.make_getattr,
        "__setattr__": built_in.make_setattr,
        "__delattr__": built_in.make_delattr,
    }.get(name)
    if name == "__iter__" and any(
        type(each).items is not LibraryClass.items for each in instance.library_classes()
    ):
        made = make_iter  # `loader.__iter__()`
    if made is None:
        return None
    return Native(name, lambda run, args: made(run, Args([instance, *args.positional], args.keywords)))


def set_instance_attribute(run: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """`instance.name = value`"""
    found = class_attribute(instance.cls, name)
    if isinstance(found, FunctionValue) and found.kind == "property":
        setter = found.state.get("setter")
        if isinstance(setter, Value):
            run.call(setter, Args([instance, value]))
            return
    own = class_attribute(instance.cls, "__setattr__")
    if own is not None and _sets(run, own):
        run.call(bind(run, own, instance), Args([Const(name), value]))
        if name in instance.attrs or computes(instance.cls):
            return
    store_attribute(run, instance, name, value)


def _sets(run: Interpreter, own: Value) -> bool:
    """Whether a `__setattr__` decides what is set: one of the program's, or `__setattr__ = dict.__setitem__`."""
    if isinstance(own, MethodDescriptor):
        return own.name == "__setitem__"
    return isinstance(own, FunctionValue) and own.node not in run.active


def store_attribute(run: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """`object.__setattr__(instance, name, value)`"""
    if any(library.keeps(run, instance, name, value) for library in instance.library_classes()):
        return
    run.write(instance.attrs, name, value)
    for library in instance.library_classes():
        library.assign(run, instance, name, value)


def call_instance(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`instance(...)`"""
    method = class_attribute(instance.cls, "__call__")
    if method is not None:
        return run.call(bind(run, method, instance), args)
    for library in instance.library_classes():
        found = library.invoke(run, instance, args)
        if found is not None:
            return found
    run.escape_args(args, instance.describe())
    if getattr(instance.cls, "open", False) and run.module_call is not None and args.values():
        run.write(run.module_call.module.state, UNSEEN_PART, True)  # a base that is not known may hold layers
    return run.unfollowed(args, f"call of {instance.describe()}")


def class_get_attr(run: Interpreter, cls: ClassValue, name: str) -> Value:
    """`Class.name`"""
    found = class_attribute(cls, name)
    run.impure += found is None or not is_fixed(found)
    if isinstance(found, FunctionValue) and found.kind == "classmethod":
        return BoundMethod(found, cls)
    if found is not None:
        return found
    if name in ("__name__", "__qualname__"):
        return Const(cls.name)
    if name == "__module__":
        return Const(cls.module.dotted)
    if name == "__annotations__":
        from trainlint.semantics.annotations import hints

        return hints(run, cls, texts=True) or Unknown(f"{cls.name}.__annotations__")
    if name in ("__base__", "__bases__", "__mro__"):
        return _ancestry(cls, name)
    if name == "__dict__":
        from trainlint.semantics.live_dicts import make_vars

        return make_vars(run, Args([cls]))
    if name == "__init__":
        return Native("__init__", lambda r, a: Const(None))
    if name == "__new__":
        from trainlint.semantics.making import make_bare

        return Native("object.__new__", make_bare)
    from trainlint.semantics import metaclasses

    found = metaclasses.attribute(run, cls, name)
    if found is not None:
        return found
    libraries = cls.library_lineage
    for library in libraries:
        attribute = library.class_attribute(run, cls, name)
        if attribute is not None:
            return attribute
    if libraries:
        return Native(f"{cls.name}.{name}", lambda r, a: _unbound(r, libraries, name, a))
    return Unknown(f"{cls.name}.{name}")


def _ancestry(cls: ClassValue, name: str) -> Value:
    """`Class.__base__` (the first base, which holds for classes that are written in Python), `__bases__`, `__mro__`."""
    from trainlint.semantics.builtin_types import OBJECT

    bases = cls.bases or (OBJECT,)
    if name == "__base__":
        return bases[0]
    if name == "__bases__":
        return TupleValue(bases)
    return Unknown(f"{cls.name}.__mro__") if cls.open else TupleValue((*cls.mro, OBJECT))


def _unbound(run: Interpreter, libraries: tuple[LibraryClass, ...], name: str, args: Args) -> Value:
    """`Base.method(self, ...)`, `nn.Module.__init__(self)`."""
    if args.positional and isinstance(args.positional[0], Instance):
        receiver = args.positional[0]
        rest = Args(args.positional[1:], args.keywords, args.open)
        if name == "__init__":
            libraries[0].construct(run, receiver, rest)
            return Const(None)
        found = libraries[0].attribute(run, receiver, name)
        if found is not None:
            return run.call(found, rest)
    return Unknown(name)


def iterate_class(run: Interpreter, cls: ClassValue) -> Items:
    """Iterating a class (an Enum's members)."""
    for library in cls.library_lineage:
        items = library.class_items(run, cls)
        if items is not None:
            return items
    return Items([Unknown(f"member of {cls.name}")], exact=False, over="unknown")
