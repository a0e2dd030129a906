"""Names: looking them up, binding them, and what a name that nothing defines may mean."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.builtin_attributes import make_plain_getattr
from trainlint.semantics.builtins import BUILTINS
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.handing import Handed
from trainlint.semantics.making import new_of
from trainlint.semantics.objects import PLAIN, Instance, LibraryClass
from trainlint.semantics.outside import External, Native
from trainlint.semantics.purity import STATEFUL, is_steady
from trainlint.semantics.scope import Lazy, Scope
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.store import MISSING
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.library import Library


def lookup(run: Interpreter, name: str) -> Value:
    """What a name stands for here."""
    scope: Scope | None = run.frame.scope
    first = True
    if name in scope.globals:  # type: ignore[union-attr]
        scope = None
    while scope is not None:
        if first or scope.kind != "class":
            found = scope.vars.get(name)
            if found is not None:
                if type(found) is Lazy or type(found) is UnionValue:
                    found = force(run, scope.vars, name, found)
                if scope.parent is None and not is_steady(run.frame.module, name, found):
                    run.impure += 1
                return found
        first = first and scope.kind == "comprehension"
        scope = scope.parent
    module = run.frame.module
    found = module.namespace.get(name)
    if found is not None:
        found = force(run, module.namespace, name, found)
        if not is_steady(module, name, found):
            run.impure += 1
        return found
    return undefined(run, name)


def force(run: Interpreter, variables: dict[str, Value], name: str, value: Value) -> Value:
    """Evaluate a lazily imported name now (each alternative of one that `try` imports from several places)."""
    kind = type(value)
    if kind is not Lazy and kind is not UnionValue:
        return value
    if isinstance(value, Lazy):
        found = run.module_attribute(value.module, value.name)
        run.taken(value.module, value.name)
    elif isinstance(value, UnionValue) and any(isinstance(a, Lazy) for a in value.alternatives):
        parts = [force(run, {}, name, a) for a in value.alternatives]
        found = parts[0]
        for part in parts[1:]:
            found = run.join(found, part)
    else:
        return value
    if variables.get(name) is value:
        run.write(variables, name, found)
    return found


def undefined(run: Interpreter, name: str) -> Value:
    """A builtin, a usual module name of code without imports, or a symbol with a role."""
    found = BUILTINS.get(name)
    if found is not None:
        if name in STATEFUL:
            run.impure += 1
        return found
    run.impure += 1
    module = run.frame.module
    for package in module.state.get("stars", ()):
        value = run.library_name(f"{package}.{name}")
        library = run.modelled.get(package.split(".")[0])
        if not isinstance(value, External) or library is None or _is_submodule(library, value.qualname):
            return value
    if name in module.state.get("bound_later", ()) and run.frame.scope.kind != "module":
        return Unknown(f"{name} before it is assigned")
    if name in run.usual:
        return run.library_name(run.usual[name])
    for library in run.libraries:
        scheme = getattr(library, "usually", None)
        qualname = scheme(name) if scheme is not None else None
        if qualname is not None:
            return run.library_name(qualname)
    value = run.symbols.free_name(run, name)
    run.write(module.namespace, name, value)
    return value


def is_undefined(run: Interpreter, name: str) -> bool:
    """Whether a name stands for nothing here: no variable, no global name, no builtin."""
    scope: Scope | None = run.frame.scope
    while scope is not None:
        if name in scope.vars:
            return False
        scope = scope.parent
    module = run.frame.module
    state = module.state
    surveyed = "bound_later" in state or state.get("finished")
    unclear = not surveyed or state.get("stars") or name in state.get("bound_later", ())
    return not unclear and name not in module.namespace and name not in BUILTINS


def _is_submodule(library: Library, qualname: str) -> bool:
    """Whether a library that is known has names below this one (`from keras import *` gives `layers`)."""
    holds = getattr(library, "holds", None)
    return holds is not None and bool(holds(qualname))


def assign(run: Interpreter, name: str, value: Value) -> None:
    """Bind a name in the scope that owns it."""
    if isinstance(value, Handed):
        value.bound(run, name)
    scope = run.frame.scope
    while scope.kind == "comprehension" and isinstance(run.frame.at, ast.NamedExpr) and scope.parent:
        scope = scope.parent
    if name in scope.globals:
        run.rebind_name(run.frame.module, name)
        run.write(run.frame.module.namespace, name, value)
        return
    if name in scope.nonlocals:
        outer = scope.parent
        while outer is not None and name not in outer.vars:
            outer = outer.parent
        if outer is not None:
            run.impure += 1
            run.write(outer.vars, name, value)
            return
    run.write(scope.vars, name, value)


def delete(run: Interpreter, name: str) -> None:
    """`del name`"""
    variables = run.frame.scope.vars
    if name in variables:
        run.write(variables, name, MISSING)


class SuperValue(Value):
    """`super()`: attributes of the classes after `owner` in the receiver's order."""

    __slots__ = ("owner", "receiver")

    def __init__(self, owner: Value, receiver: Value) -> None:
        super().__init__()
        self.owner, self.receiver = owner, receiver

    def get_attr(self, run: Interpreter, name: str) -> Value:
        receiver = self.receiver
        if isinstance(receiver, ClassValue):
            return self._of_class(run, receiver, name) if name != "__new__" else new_of(receiver, self.owner)
        if not isinstance(receiver, Instance):
            return Unknown(f"super().{name}")
        order = list(getattr(receiver.cls, "mro", (receiver.cls,)))
        after = order[order.index(self.owner) + 1 :] if self.owner in order else order[1:]
        for cls in after:
            if isinstance(cls, LibraryClass):
                found = self._of_library(run, cls, receiver, name)
            else:
                found = getattr(cls, "namespace", {}).get(name)
                found = run.bind(found, receiver) if found is not None else None
            if found is not None:
                return found
        if name == "__setattr__":
            return Native("__setattr__", lambda r, a: set_plain(r, receiver, a))
        if name == "__getattribute__":
            return Native(name, lambda r, a: make_plain_getattr(r, Args([receiver, *a.positional])))
        if name == "__init__" and not getattr(receiver.cls, "open", False):
            return Native("object.__init__", lambda r, a: Const(None))
        return Unknown(f"super().{name}")

    def _of_class(self, run: Interpreter, receiver: ClassValue, name: str) -> Value:
        """In a class method: what the classes after `owner` define, with the class itself as receiver."""
        from trainlint.semantics.metaclasses import above

        found = above(run, receiver, self.owner, name)
        if found is not None:
            return found
        order = list(receiver.mro)
        after = order[order.index(self.owner) + 1 :] if self.owner in order else order[1:]
        for cls in after:
            if isinstance(cls, LibraryClass):
                found = cls.class_attribute(run, receiver, name)
            else:
                found = getattr(cls, "namespace", {}).get(name)
                if isinstance(found, FunctionValue) and found.kind == "classmethod":
                    found = run.bind(found, receiver)
            if found is not None:
                return found
        return Unknown(f"super().{name}")

    @staticmethod
    def _of_library(run: Interpreter, cls: LibraryClass, receiver: Instance, name: str) -> Value | None:
        if name == "__init__":

            def construct(r: Interpreter, args: Args) -> Value:
                cls.construct(r, receiver, args)
                return Const(None)

            return Native(f"{cls.qualname}.__init__", construct)
        if name == "__setattr__":
            return Native("__setattr__", lambda r, a: _set_attribute(r, receiver, a))
        if name in ("__call__", "forward"):

            def invoke(r: Interpreter, args: Args) -> Value:
                found = cls.invoke_base(r, receiver, args, name)
                return found if found is not None else Unknown(f"super().{name}")

            return Native(f"{cls.qualname}.{name}", invoke)
        if name == "__iter__":
            return Native(f"{cls.qualname}.__iter__", lambda r, args: Elements(cls, receiver))
        return cls.attribute(run, receiver, name)


class Elements(Value):
    """What a class of a library yields for an object, whatever the local class makes of it: `super().__iter__()`."""

    __slots__ = ("owner", "receiver")

    def __init__(self, owner: LibraryClass, receiver: Instance) -> None:
        super().__init__()
        self.owner, self.receiver = owner, receiver

    def iterate(self, run: Interpreter) -> Items:
        found = self.owner.items(run, self.receiver)
        return found if found is not None else super().iterate(run)


def _set_attribute(run: Interpreter, receiver: Instance, args: Args) -> Value:
    if len(args.positional) == 2 and isinstance(args.positional[0], Const):
        run.set_instance_attribute(receiver, str(args.positional[0].value), args.positional[1])
    return Const(None)


def set_plain(run: Interpreter, receiver: Instance, args: Args) -> Value:
    """`object.__setattr__`, past every base class: libraries are not told of the attribute."""
    if len(args.positional) == 2 and isinstance(args.positional[0], Const):
        name = str(args.positional[0].value)
        run.write(receiver.attrs, name, args.positional[1])
        hidden = receiver.attrs.get(PLAIN)
        known = hidden.elements if isinstance(hidden, TupleValue) else ()
        run.write(receiver.attrs, PLAIN, TupleValue([*known, Const(name)]))
    return Const(None)


def super_value(run: Interpreter, node: ast.Call) -> Value:
    """`super()` and `super(Class, self)`."""
    from trainlint.semantics.expressions import evaluate

    frame = run.frame
    if len(node.args) == 2:
        return SuperValue(evaluate(run, node.args[0]), evaluate(run, node.args[1]))
    function = frame.function
    if function is None or function.owner is None:
        return Unknown("super() outside of a class")
    arguments = function.node.args
    first = [*arguments.posonlyargs, *arguments.args][:1]
    receiver = frame.scope.vars.get(first[0].arg) if first else None
    scope: Scope | None = frame.scope
    while receiver is None and scope is not None:  # inside a comprehension
        receiver = scope.vars.get(first[0].arg) if first else None
        scope = scope.parent
    return SuperValue(function.owner, receiver if receiver is not None else Unknown("self"))
