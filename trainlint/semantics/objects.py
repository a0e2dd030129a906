"""Objects with attributes: instances, and the classes of libraries that say what their instances do."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainlint.model import Location
from trainlint.semantics.outside import Native
from trainlint.semantics.special_methods import SPECIAL_METHODS, iterator
from trainlint.semantics.values import Args, Const, Items, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


PLAIN = "<plain>"
"""An instance's attribute that names those that were set past its library classes (`object.__setattr__`)."""


class LibraryClass(Value):
    """A class of a library. Subclass it to say what its instances do; one object per class.

    Instances (of it, or of a local class that inherits from it) are `Instance`s; their own state goes to
    `instance.attrs` (visible attributes) and `instance.data` (a fact).
    """

    __slots__ = ("bases", "qualname")
    entry = "forward"  # the method that local classes write for a call of their instances
    objects_only = False  # no mapping, sequence, number or text is ever an instance of it

    def __init__(self, qualname: str, bases: Sequence[LibraryClass] = ()) -> None:
        super().__init__()
        self.qualname = qualname
        self.bases = tuple(bases)

    def describe(self) -> str:
        return self.qualname

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def lineage(self) -> tuple[LibraryClass, ...]:
        """Itself and the classes above, nearest first."""
        found: list[LibraryClass] = [self]
        for base in self.bases:
            found.extend(b for b in base.lineage() if b not in found)
        return tuple(found)

    def with_origin(self, origin: Origin) -> Value:
        """The same class, picked by something with this chain of origins."""
        same = copy.copy(self)
        same.origin = origin
        return same

    def call(self, run: Interpreter, args: Args) -> Value:
        instance = Instance(self, run.here)
        instance.origin = self.origin or run.chosen_here
        self.allocate(run, instance)
        self.construct(run, instance, args)
        return instance

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """An attribute of the class itself: class methods and constants; else the unbound method."""
        if name == "__init__":
            return Native(f"{self.qualname}.__init__", self._unbound_init)
        if name in ("__name__", "__qualname__"):
            return Const(self.qualname.rsplit(".", 1)[-1])
        return run.library_name(f"{self.qualname}.{name}")

    def _unbound_init(self, run: Interpreter, args: Args) -> Value:
        """`nn.Module.__init__(self, ...)`"""
        if args.positional and isinstance(args.positional[0], Instance):
            self.construct(run, args.positional[0], Args(args.positional[1:], args.keywords, args.open))
        return Const(None)

    def types(self) -> tuple[str, ...] | None:
        return ("type", "object")

    def instance_types(self) -> tuple[str, ...] | None:
        """Qualified names of an instance's classes, nearest first."""
        return (*(c.qualname for c in self.lineage()), "object")

    def lacks(self, name: str) -> bool:
        """Whether the class certainly has no attribute of this name."""
        return False

    def shows(self, name: str) -> bool:
        """Whether the class certainly has an attribute of this name."""
        return False

    def without(self, instance: Instance, name: str) -> bool:
        """Whether an instance certainly has no attribute of this name from this class."""
        return bool(getattr(self, "closed", self.qualname == "object"))

    # -- what instances do; `instance.cls` may be a local class that inherits from this one

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        """Set `instance.data` when the object comes to be, before any __init__ runs."""

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """__init__: read the arguments."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        """An attribute or method that is not in `instance.attrs`; None if this class has none of the name."""
        return None

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        """Called after an attribute was set (to register a submodule, say)."""

    def keeps(self, run: Interpreter, instance: Instance, name: str, value: Value) -> bool:
        """True if it keeps an attribute that is set by itself (as an entry of a mapping), and not in `instance.attrs`."""
        return False

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        """__call__; None if instances cannot be called."""
        return None

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        """`super().forward(...)` or `super().__call__(...)` in a local class that inherits from this one."""
        return self.invoke(run, instance, args)

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return None

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        """True if it was handled."""
        return False

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        """Iteration."""
        return None

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        """len()"""
        return None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        return None

    def operate_in_place(self, run: Interpreter, instance: Instance, op: str, other: Value) -> Value | None:
        """`instance op= other`, where that changes the object itself; None where it is the plain operation."""
        return None

    def equals(self, one: Instance, other: Value) -> bool | None:
        """Whether an instance equals another object, in a list or set; None where that is not known."""
        return None

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        """`Class.name` for a local class that inherits from this one (`from_pretrained`, Enum members)."""
        return None

    def class_items(self, run: Interpreter, cls: Value) -> Items | None:
        """Iterating such a class itself."""
        return None

    def class_item(self, run: Interpreter, cls: Value, key: Value) -> Value | None:
        """`Class[key]` for a local class that inherits from this one."""
        return None

    def usual(self, run: Interpreter, instance: Instance) -> Mapping[str, Callable[[], Value]]:
        """How the library itself calls methods that a local class gives its objects, by the method's name, in order;
        without those that it has been seen to call for an object of the same class."""
        return {}

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return instance

    def left(self, run: Interpreter, instance: Instance) -> None:
        """The end of a `with` block."""

    def decorates(self, run: Interpreter, instance: Instance) -> None:
        """The object turns out to be a decorator: it will be entered around every call of a function."""


class Instance(Value):
    """An object with attributes: of a local class, or of a library's. It has identity."""

    __slots__ = ("attrs", "cls", "data", "location")

    def __init__(self, cls: Value, location: Location, attrs: dict[str, Value] | None = None) -> None:
        super().__init__()
        self.cls = cls
        self.location = location
        self.attrs: dict[str, Value] = {} if attrs is None else attrs
        self.data: Any = None

    def describe(self) -> str:
        return f"{self.cls.describe()} object"

    def with_origin(self, origin: Origin) -> Value:
        """Itself: the first choice that picked it stays."""
        self.origin = self.origin or origin
        return self

    def library_classes(self) -> tuple[LibraryClass, ...]:
        """The library classes that it inherits from, nearest first."""
        if isinstance(self.cls, LibraryClass):
            return self.cls.lineage()
        lineage: tuple[LibraryClass, ...] = getattr(self.cls, "library_lineage", ())
        return lineage

    def is_a(self, qualname: str) -> bool:
        """Whether a library class of this qualified name is among its classes."""
        return any(c.qualname == qualname for c in self.library_classes())

    def exposed(self) -> None:
        """All its attributes are gone through (`vars(x)`), or it goes where nothing is followed."""

    def plain_names(self) -> frozenset[str]:
        """Attributes that library classes were not told of."""
        names = self.attrs.get(PLAIN)
        return frozenset(e.value for e in getattr(names, "elements", ()) if isinstance(e, Const))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return run.instance_attribute(self, name)

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        run.set_instance_attribute(self, name, value)

    def del_attr(self, run: Interpreter, name: str) -> None:
        if name in self.attrs:
            run.write(self.attrs, name, Unknown(f"deleted attribute {name}"))

    def call(self, run: Interpreter, args: Args) -> Value:
        return run.call_instance(self, args)

    def _special(self, run: Interpreter, name: str, *args: Value) -> Value | None:
        method = run.class_attribute(self.cls, name)
        return run.call(run.bind(method, self), Args(list(args))) if method is not None else None

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = self._special(run, "__getitem__", key)
        for cls in self.library_classes():
            found = found if found is not None else cls.item(run, self, key)
        return found if found is not None else super().get_item(run, key)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        if self._special(run, "__setitem__", key, value) is None:
            any(cls.assign_item(run, self, key, value) for cls in self.library_classes())

    def iterate(self, run: Interpreter) -> Items:
        found = self._special(run, "__iter__")
        if found is not None:
            if found is not self:
                return found.iterate(run)
            if run.class_attribute(self.cls, "__next__") is None:
                return super().iterate(run)
            return iterator(run, self)
        for cls in self.library_classes():
            items = cls.items(run, self)
            if items is not None:
                return items
        if run.class_attribute(self.cls, "__getitem__") is not None:
            return Items([], exact=False, fresh=lambda: self.get_item(run, Unknown("an index")))
        return super().iterate(run)

    def length(self, run: Interpreter) -> int | None:
        found = self._special(run, "__len__")
        if isinstance(found, Const) and isinstance(found.value, int):
            return found.value
        sizes = [cls.size(run, self) for cls in self.library_classes()] if found is None else []
        return next((s for s in sizes if s is not None), None)

    def truth(self, run: Interpreter) -> bool | None:
        if run.class_attribute(self.cls, "__bool__") or run.class_attribute(self.cls, "__len__"):
            return None
        return None if any(c.size(run, self) is not None for c in self.library_classes()) else True

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        special = SPECIAL_METHODS.get(op)
        if special:  # `x in self` asks the right operand, which has no reflected form
            name = f"__r{special}__" if reflected and op != "in" else f"__{special}__"
            found = self._special(run, name, other)
            if found is not None:
                return found
        for cls in self.library_classes():
            found = cls.operate(run, self, op, other, reflected)
            if found is not None:
                return found
        return None

    def in_place(self, run: Interpreter, op: str, other: Value) -> Value | None:
        """`self op= other`; None where no class of it gives that a meaning of its own."""
        special = SPECIAL_METHODS.get(op)
        found = self._special(run, f"__i{special}__", other) if special and op != "in" else None
        for cls in self.library_classes():
            found = found if found is not None else cls.operate_in_place(run, self, op, other)
        return found

    def enter(self, run: Interpreter) -> Value:
        found = self._special(run, "__enter__")
        for cls in self.library_classes():
            found = found if found is not None else cls.entered(run, self)
        return found if found is not None else self

    def leave(self, run: Interpreter) -> None:
        none = Const(None)
        if self._special(run, "__exit__", none, none, none) is None:
            for cls in self.library_classes():
                cls.left(run, self)

    def types(self) -> tuple[str, ...] | None:
        return self.cls.instance_types() if hasattr(self.cls, "instance_types") else None
