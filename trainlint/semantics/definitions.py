"""What the program itself defines: functions, classes and modules."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trainlint.model import Location
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.passes_by_name import begins_pass
from trainlint.semantics.values import Args, Const, Items, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class Omitted(Value):
    """An argument in the place of which the parameter's default is meant."""

    __slots__ = ()

    def describe(self) -> str:
        return "an argument that is left out"


class Deferred(Value):
    """A default that is worked out by each call that leaves the argument out."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[Interpreter], Value]) -> None:
        super().__init__()
        self.make = make

    def describe(self) -> str:
        return "a default that is worked out by the call"


class FunctionValue(Value):
    """A function or lambda of the program. scope: where free names are looked up. marks: decorators that were
    not understood; wrappers: decorators that change meaning (`torch.no_grad`), applied around every call."""

    __slots__ = (
        "defaults",
        "kind",
        "marks",
        "module",
        "node",
        "owner",
        "qualname",
        "scope",
        "state",
        "wrappers",
    )

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Any,
        module: Any,
        qualname: str,
        defaults: Mapping[str, Value],
    ) -> None:
        super().__init__()
        self.node, self.scope, self.module, self.qualname = node, scope, module, qualname
        self.defaults = dict(defaults)
        self.owner: Value | None = None  # the class in whose body it stands, for super()
        self.kind = "function"  # function, staticmethod, classmethod, property, cached_property
        self.marks: tuple[str, ...] = ()
        self.wrappers: tuple[Value, ...] = ()  # context managers entered around every call
        self.state: dict[str, Any] = {}

    def describe(self) -> str:
        return self.qualname

    def call(self, run: Interpreter, args: Args) -> Value:
        return run.call_function(self, args)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        run.impure += 1
        found = self.state.get(name)
        if name in ("__name__", "__qualname__") and found is None:
            return Const(self.qualname.rsplit(".", 1)[-1])
        if name == "__module__" and found is None:
            return Const(self.module.dotted)
        if name == "__annotations__" and found is None:
            from trainlint.semantics.annotations import hints

            found = hints(run, self, texts=True)
        if name == "__get__":  # `f.__get__(object, Class)`: the function as a method of that object
            return Native(name, lambda r, args: r.bind(self, args.positional[0]) if args.positional else self)
        return found if isinstance(found, Value) else super().get_attr(run, name)

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        run.impure += 1
        run.write(self.state, name, value)

    def truth(self, run: Interpreter) -> bool | None:
        return None if self.marks else True  # a decorator may have made anything of it

    def types(self) -> tuple[str, ...] | None:
        return ("function", "object")


class BoundMethod(Value):
    """A local function bound to its first argument."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        super().__init__()
        self.function, self.receiver = function, receiver

    def describe(self) -> str:
        return self.function.describe()

    def call(self, run: Interpreter, args: Args) -> Value:
        if begins_pass(run, self):
            return run.call(self.receiver, args)
        return run.call(self.function, Args([self.receiver, *args.positional], args.keywords, args.open))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "__func__":
            return self.function
        return self.receiver if name == "__self__" else self.function.get_attr(run, name)

    def truth(self, run: Interpreter) -> bool | None:
        return self.function.truth(run)

    def types(self) -> tuple[str, ...] | None:
        return ("method", "object")


class MethodDescriptor(Native):
    """A method taken from a built-in type itself (`dict.get`): it takes its receiver first, and as an attribute of a
    class it is a method of the class's objects (`__getattr__ = dict.get`)."""

    __slots__ = ()


class ClassValue(Value):
    """A class of the program. mro: itself, then local and library classes; open: a base is not known.

    metaclass: the program's own class of this class, if it has one.
    """

    __slots__ = (
        "bases",
        "location",
        "metaclass",
        "module",
        "mro",
        "name",
        "namespace",
        "node",
        "open",
        "state",
    )

    def __init__(self, name: str, node: ast.ClassDef, module: Any, location: Location) -> None:
        super().__init__()
        self.name, self.node, self.module, self.location = name, node, module, location
        self.bases: tuple[Value, ...] = ()
        self.mro: tuple[Value, ...] = (self,)
        self.namespace: dict[str, Value] = {}
        self.open = False
        self.metaclass: ClassValue | None = None
        self.state: dict[str, Any] = {}  # dataclass fields and the like, by libraries

    def describe(self) -> str:
        return self.name

    @property
    def dotted(self) -> str:
        """With the module that defines it; a class of the script itself has only its name."""
        dotted = self.module.dotted
        return self.name if dotted == "__main__" else f"{dotted}.{self.name}"

    @property
    def library_lineage(self) -> tuple[LibraryClass, ...]:
        return tuple(c for c in self.mro if isinstance(c, LibraryClass))

    def instance_types(self) -> tuple[str, ...] | None:
        names = [c.qualname if isinstance(c, LibraryClass) else f"id:{id(c)}" for c in self.mro]
        return None if self.open else (*names, "object")

    def call(self, run: Interpreter, args: Args) -> Value:
        return (
            run.instantiate(self, args) if self.metaclass is None else run.construct_by_metaclass(self, args)
        )

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return run.class_get_attr(self, name)

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        run.rebind()
        run.write(self.namespace, name, value)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        run.impure += 1
        for cls in self.library_lineage:
            found = cls.class_item(run, self, key)
            if found is not None:
                return found
        return self  # Base[int]

    def iterate(self, run: Interpreter) -> Items:
        return run.iterate_class(self)

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def types(self) -> tuple[str, ...] | None:
        return ("type", "object")


class ModuleValue(Value):
    """A module of the project, evaluated when first used. namespace: its global names."""

    __slots__ = ("dotted", "namespace", "source", "state")

    def __init__(self, dotted: str, source: Any) -> None:
        super().__init__()
        self.dotted, self.source = dotted, source
        self.namespace: dict[str, Value] = {}
        self.state: dict[str, Any] = {}

    def describe(self) -> str:
        return f"module {self.dotted}"

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return run.module_attribute(self, name)

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        run.module_has(self, name)  # its own body runs before, not when the name is read
        run.rebind()
        run.write(self.namespace, name, value)


def dotted_name(cls: Value) -> str:
    """The name of a class as facts tell it: of the program with its module, of a library as it documents it."""
    return cls.dotted if isinstance(cls, ClassValue) else cls.describe()
