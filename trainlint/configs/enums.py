"""enum: members of local Enum classes with their names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("enum", usual={"Enum": "enum.Enum", "enum": "enum"})
LIBRARIES = [LIBRARY]


class AutoValue(Value):
    """`enum.auto()` in a class body."""

    __slots__ = ()


class EnumClass(LibraryClass):
    """enum.Enum and its kin as base classes. Members are instances with `name` and `value`.

    text: members are strings (or numbers) too, and compare equal to them.
    """

    __slots__ = ("text",)
    own_new = True

    def __init__(self, qualname: str, bases: tuple[LibraryClass, ...] = (), text: bool = False) -> None:
        super().__init__(qualname, bases)
        self.text = text

    def class_created(self, run: Interpreter, cls: ClassValue) -> None:
        """Turn the assignments of the class body into members."""
        number = 0
        members: list[str] = []
        text = self.text or any(getattr(c, "text", False) for c in cls.library_lineage)
        for name, value in list(cls.namespace.items()):
            if name.startswith("_") or isinstance(value, FunctionValue | Native | Instance | ClassValue):
                continue
            number += 1
            if isinstance(value, AutoValue):
                value = Const(name.lower() if text and "Int" not in self.qualname else number)
            elif isinstance(value, Const) and isinstance(value.value, int):
                number = value.value
            member = Instance(
                cls, run.here, {"name": Const(name), "_name_": Const(name), "value": value, "_value_": value}
            )
            run.write(cls.namespace, name, member)
            members.append(name)
        run.write(cls.state, "members", tuple(members))

    def class_items(self, run: Interpreter, cls: Value) -> Items | None:
        found = members_of(cls)
        return Items(list(found.values()), True, length=len(found))

    def class_item(self, run: Interpreter, cls: Value, key: Value) -> Value | None:
        found = members_of(cls).get(str(key.value)) if isinstance(key, Const) else None
        return found or Unknown("a member whose name is not known")

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name == "__members__":
            from trainlint.semantics.sequences import DictValue

            return DictValue.of(members_of(cls))
        return None

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """`Color("red")`: the member with that value, if it is known."""
        wanted = args.positional[0] if args.positional else Unknown("a value")
        found = next((m for m in members_of(instance.cls).values() if m is wanted or _has(m, wanted)), None)
        if found is not None:  # the member itself, which `is` and keys of dictionaries compare
            instance.data = found
            return
        for name, value in (("name", Unknown("a name")), ("value", wanted)):
            run.write(instance.attrs, name, value)

    def equals(self, one: Instance, other: Value) -> bool | None:
        """A member equals no other one; what is made of a value that is not known may be any."""
        members = [
            any(m is value for m in members_of(value.cls).values())
            for value in (one, other)
            if isinstance(value, Instance)
        ]
        return one is other if members == [True, True] and one.cls is getattr(other, "cls", None) else None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op not in ("==", "!="):
            return None
        mine = instance.attrs.get("value", Unknown("a value"))
        theirs = other.attrs.get("value", other) if isinstance(other, Instance) else other
        if not isinstance(other, Instance) and not any(
            getattr(c, "text", False) for c in instance.library_classes()
        ):
            return Const(op == "!=") if isinstance(other, Const) else None
        if isinstance(mine, Const) and isinstance(theirs, Const):
            return Const((mine.value == theirs.value) == (op == "=="))
        return None


def members_of(cls: Value) -> dict[str, Value]:
    """The members of an Enum class by name."""
    names = getattr(cls, "state", {}).get("members", ())
    return {n: cls.namespace[n] for n in names} if isinstance(cls, ClassValue) else {}


def _has(member: Value, wanted: Value) -> bool:
    value = member.attrs.get("value") if isinstance(member, Instance) else None
    return isinstance(value, Const) and isinstance(wanted, Const) and value.value == wanted.value


ENUM = LIBRARY.add(EnumClass("enum.Enum"))
LIBRARY.add(EnumClass("enum.StrEnum", (ENUM,), text=True))
LIBRARY.add(EnumClass("enum.IntEnum", (ENUM,), text=True))
LIBRARY.add(EnumClass("enum.Flag", (ENUM,)))
LIBRARY.add(EnumClass("enum.IntFlag", (ENUM,), text=True))


@LIBRARY.function("enum.auto")
def _auto(run: Interpreter, args: Args) -> Value:
    return AutoValue()


@LIBRARY.function("enum.unique")
def _unique(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("unique()")
