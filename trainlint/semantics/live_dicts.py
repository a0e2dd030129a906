"""Dictionaries that follow an object's attributes or a module's names: `vars(x)`, `x.__dict__`, `globals()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.builtin_attributes import has_attribute, leave_open
from trainlint.semantics.classes import store_attribute
from trainlint.semantics.definitions import ClassValue, ModuleValue
from trainlint.semantics.keys import key_of
from trainlint.semantics.mappings import SOME_KEY
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import BY_OTHERS, DictValue, ListValue, UnionValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class InstanceDict(DictValue):
    """`vars(x)`, `x.__dict__`: a dictionary whose writes set attributes, past a `__setattr__` and the setters of the class."""

    __slots__ = ("instance",)

    def __init__(self, instance: Instance) -> None:
        super().__init__()
        self.instance = instance
        instance.exposed()
        self._follow()
        self.state["open"] = getattr(instance.cls, "open", False)

    def __copy__(self) -> DictValue:
        return DictValue(self._follow().cells, self.origin, self.open)

    def _follow(self) -> InstanceDict:
        """Take over what was assigned to attributes meanwhile."""
        for name, value in self.instance.attrs.items():
            if not name.startswith("__") and (name not in self.cells or self.cells[name][1] is not value):
                self.cells[name] = (Const(name), value)
        return self

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "update":  # with what may not be known whole
            leave_open(run, self.instance)
        return super(InstanceDict, self._follow()).get_attr(run, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return super(InstanceDict, self._follow()).get_item(run, key)

    def iterate(self, run: Interpreter) -> Items:
        return super(InstanceDict, self._follow()).iterate(run)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, key, value)
        slot = key_of(key)
        if isinstance(slot, str):
            store_attribute(run, self.instance, slot, value)
        elif slot is None:
            leave_open(run, self.instance)
            for name, (_, joined) in self.cells.items():
                if name != SOME_KEY and isinstance(self.instance.attrs.get(name), Const):
                    run.write(self.instance.attrs, name, joined)


class GlobalsDict(DictValue):
    """`globals()`: a dictionary that follows a module's names, and whose writes set them."""

    __slots__ = ("module",)

    def __init__(self, module: ModuleValue) -> None:
        super().__init__(open=bool(module.state.get("stars")))
        self.module = module
        self._follow()

    def _follow(self) -> GlobalsDict:
        for name, value in self.module.namespace.items():
            if name not in self.cells or self.cells[name][1] is not value:
                self.cells[name] = (Const(name), value)
        return self

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return super(GlobalsDict, self._follow()).get_attr(run, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = super(GlobalsDict, self._follow()).get_item(run, key)
        if isinstance(key, Const) and found is self.module.namespace.get(str(key.value)):
            return run.module_attribute(self.module, str(key.value))
        return found

    def iterate(self, run: Interpreter) -> Items:
        return super(GlobalsDict, self._follow()).iterate(run)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, key, value)
        if isinstance(slot := key_of(key), str):
            run.rebind()
            run.write(self.module.namespace, slot, value)


def make_globals(run: Interpreter, args: Args) -> Value:
    """`globals()`"""
    return GlobalsDict(run.frame.module)


class NamesDict(DictValue):
    """`torch.optim.__dict__`: the names of a library's module that are modelled, and others that are not."""

    __slots__ = ("module",)

    def __init__(self, run: Interpreter, module: str) -> None:
        super().__init__(open=True)
        self.module = module
        names_in = getattr(run.modelled.get(module.split(".")[0]), "names_in", None)
        for name in names_in(module) if names_in is not None else ():
            self.cells[name] = (Const(name), run.library_name(f"{module}.{name}"))

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if isinstance(key, Const) and isinstance(key.value, str) and key.value not in self.cells:
            return run.library_name(f"{self.module}.{key.value}")
        return super().get_item(run, key)


def names_of(run: Interpreter, module: str) -> Value:
    """The dictionary of a library's module."""
    return NamesDict(run, module)


def make_vars(run: Interpreter, args: Args) -> Value:
    """`vars(x)`: a dictionary that follows the object."""
    if not args.positional:
        return DictValue(open=True)
    value = args.positional[0]
    if isinstance(value, UnionValue):
        return run.each(value, lambda v: make_vars(run, Args([v])))
    if isinstance(value, Instance):
        return InstanceDict(value)
    if isinstance(value, ModuleValue):
        return run.module_attribute(value, "__dict__")
    if isinstance(value, ClassValue):
        more = (
            BY_OTHERS if has_attribute(run, value, "") is False else True
        )  # `__doc__`, and what unseen names set
        made = DictValue.of(value.namespace)
        made.state["open"] = more
        return made
    if isinstance(value, External):
        return names_of(run, value.qualname)
    return Unknown(f"vars() of {value.describe()}")


_SPECIAL = (*dir(object()), "__dict__", "__module__")
"""What every object has besides its own names."""


def make_dir(run: Interpreter, args: Args) -> Value:
    """`dir(x)`: the names that are known, inherited ones too; there may be others, unless all that the object has was seen.
    Of a library's module whose public names are all known those are what a program picks from, so that it goes through
    them one by one."""
    if args.positional and isinstance(args.positional[0], External):
        module = args.positional[0].qualname
        complete = getattr(run.modelled.get(module.split(".")[0]), "all_names_in", None)
        names = complete(module) if complete is not None else None
        if names is not None:
            return ListValue([Const(name) for name in names])
    value = make_vars(run, args) if args.positional else make_locals(run, args)
    if not isinstance(value, DictValue):
        return Unknown("dir()")
    of = args.positional[0] if args.positional else value
    cls = of.cls if isinstance(of, Instance) else of
    inherited = [name for part in getattr(cls, "mro", ()) for name in getattr(part, "namespace", ())]
    own = [key.value for key, _ in value.cells.values() if isinstance(key, Const)]
    whole = not args.positional or has_attribute(run, of, "") is False
    special = _SPECIAL if whole and args.positional else ()
    known = [Const(name) for name in dict.fromkeys((*own, *inherited, *special))]
    return ListValue(known, (), (value.open and not isinstance(of, ClassValue)) or not whole)


def make_locals(run: Interpreter, args: Args) -> Value:
    """`locals()`: the variables of the function as they are now."""
    scope = run.frame.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    if scope.kind == "module":
        return GlobalsDict(run.frame.module)
    return DictValue.of(dict(scope.vars))
