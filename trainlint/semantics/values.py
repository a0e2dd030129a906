"""Abstract values. What an operation means is a method of the value that it is applied to, so that the
interpreter holds no case for any library.

Values are immutable but for dictionaries named `cells`, `attrs`, `namespace` or `state`; these change only
through `run.write`, which lets the interpreter undo and join the branches of a condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.model import Location, Place

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Origin = tuple[Place, ...]
LONGEST_ORIGIN = 12


def extend(origin: Origin, location: Location, label: str = "") -> Origin:
    """The chain with one more place, unless it would repeat the last one."""
    if len(origin) >= LONGEST_ORIGIN or (origin and origin[-1].location == location):
        return origin
    return (*origin, Place(location, label))


@dataclass(slots=True)
class Args:
    """Arguments of a call. open: an unknown `*args` or `**kwargs` may have added more."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    open: bool = False

    def bind(self, *names: str) -> dict[str, Value]:
        """Arguments by parameter name; a name ending in `=` is keyword-only. Missing ones are absent.

        With `open`, a missing one is Unknown: something unseen may have set it.
        """
        bound: dict[str, Value] = {}
        places = [n for n in names if not n.endswith("=")]
        for name, value in zip(places, self.positional, strict=False):
            bound[name] = value
        for name in (n.rstrip("=") for n in names):
            if name in self.keywords:
                bound[name] = self.keywords[name]
            elif self.open and name not in bound:
                bound[name] = Unknown("an argument that was not followed may set it")
        return bound

    def values(self) -> list[Value]:
        """All arguments, positional ones first."""
        return [*self.positional, *self.keywords.values()]


@dataclass
class Items:
    """What iterating a value yields. exact: `values` are all of them; else they are samples of more.

    over: loader, dataset, range, sequence, modules, unknown. length: number of passes where known (exact or not).
    """

    values: list[Value]
    exact: bool
    over: str = "sequence"
    length: int | None = None
    target: Any = None  # the facts.Loader that is drawn from
    fresh: Callable[[], Value] | None = None  # a new sample for every pass (new graph nodes)
    step: Value | None = None  # what a range goes forward by
    count: Value | None = None  # what says how many there are, of a range
    empty: bool = False  # made of something of which not even one element is known

    @property
    def maybe_empty(self) -> bool:
        """Whether not even one element is known to be there."""
        return self.empty or (not self.exact and self.over == "unknown")


class Value:
    """Any abstract value. Every method has a default that means "not known"."""

    __slots__ = ("origin",)
    can_be_called = False  # surely, whatever else is known of it (`callable(x)`)

    def __init__(self, origin: Origin = ()) -> None:
        self.origin = origin

    def describe(self) -> str:
        """A few words for messages and for `Unknown.why`."""
        return type(self).__name__.removesuffix("Value").lower()

    def with_origin(self, origin: Origin) -> Value:
        """The same value with another chain of origins (itself where the value has identity)."""
        return self

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Unknown(f"attribute {name} of {self.describe()}")

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        return None

    def del_attr(self, run: Interpreter, name: str) -> None:
        return None

    def call(self, run: Interpreter, args: Args) -> Value:
        run.escape_args(args, self.describe())
        return Unknown(f"call of {self.describe()}")

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return Unknown(f"item of {self.describe()}")

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        return None

    def iterate(self, run: Interpreter) -> Items:
        return Items([Unknown(f"element of {self.describe()}")], exact=False, over="unknown")

    def unpacked(self, run: Interpreter) -> Items:
        """What names get that it is unpacked into."""
        return self.iterate(run)

    def truth(self, run: Interpreter) -> bool | None:
        return None

    def length(self, run: Interpreter) -> int | None:
        return None

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        """`self op other` (or `other op self` if reflected); None leaves it to the other operand.

        op: + - * / // % ** @ & | ^ << >> and, for comparisons, == != < <= > >= in.
        """
        return None

    def unary(self, run: Interpreter, op: str) -> Value:
        """op: - + ~"""
        return Unknown(f"{op}{self.describe()}")

    def enter(self, run: Interpreter) -> Value:
        """`with self as x`: what x is."""
        return self

    def leave(self, run: Interpreter) -> None:
        """The end of the `with` block."""
        return None

    def types(self) -> tuple[str, ...] | None:
        """Qualified names of its class and the classes above, nearest first; None if not known."""
        return None


UNSEEN_PART = "unseen_part"
"""Key of a network's state: its data went through an object that unseen code made, which may hold layers."""


MOST_THROUGH = 64
"""Tensors that are remembered of what went into something unknown."""


def through(known: list[Any] | None, *values: Value) -> list[Any]:
    """A list of what went into something unknown, with these tensors, or what went into these, added to it."""
    from trainlint.semantics.tensors import Tensor

    found = known if known is not None else []
    for value in values:
        for each in (value.node,) if isinstance(value, Tensor) else getattr(value, "through", None) or ():
            if len(found) < MOST_THROUGH and each not in found:
                found.append(each)
    return found


class Unknown(Value):
    """A value that could not be worked out, and why. Escapes are recorded when it is called.

    method: the attribute's name, where it is an attribute of something unknown. made: it is the result of a call that was
    not followed, and may be an object with anything in it. within: it is part of such an object. drawn: what is drawn from when it is iterated (a facts.Loader),
    if the call's arguments tell. given: the objects that the call was given: what it made may hold them.
    passed: a network was passed it from outside, or what it was taken from. through: nodes of tensors that went into it, or into
    the call that gave it, and may come out of it again (a list that it shares with what is taken from it).
    """

    __slots__ = ("drawn", "given", "made", "method", "passed", "through", "why", "within")

    def __init__(self, why: str, origin: Origin = (), method: str = "") -> None:
        self.origin = origin
        self.drawn: Any = None
        self.why = why
        self.method = method
        self.made = self.passed = self.within = False
        self.given: tuple[Value, ...] = ()
        self.through: list[Any] | None = None

    def describe(self) -> str:
        return self.why

    def _part(self, why: str, method: str = "") -> Unknown:
        """What is taken from it: what is put into that may be found in it."""
        found = Unknown(why, method=method)
        if self.through is None:
            self.through = []
        found.passed, found.through, found.within = self.passed, self.through, self.made or self.within
        return found

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return self._part(self.why if len(self.why) > 80 else f"{self.why}.{name}", name)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        """`graph.ndata["h"] = tensor`"""
        super().set_item(run, key, value)
        self.through = through(self.through, value)

    def call(self, run: Interpreter, args: Args) -> Value:
        handler = run.unknown_methods.get(self.method)
        if handler is not None:
            found: Value = handler(run, args)
            if type(found) is not Const:  # the name alone says what it makes
                return found
        run.escape_args(args, self.why)
        if self.made and args.values():
            from trainlint.semantics.unseen_parts import note

            note(run, self, args)
        result: Value = run.unfollowed(
            args, self.why if self.why.endswith("()") or len(self.why) > 80 else f"{self.why}()"
        )
        if self.through and type(result) is Unknown:
            result.through = [*self.through, *(result.through or ())][:MOST_THROUGH]
        if self.passed and type(result) is Unknown:  # `batch["image"].float()`
            result.passed = all(type(v) is Const or getattr(v, "passed", False) for v in args.values())
        return result

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        handler = run.unknown_assignments.get(name)
        if handler is not None:
            handler(run, Args([value]))

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = self._part(self.why)
        found.drawn = self.drawn
        return found

    def iterate(self, run: Interpreter) -> Items:
        return Items([self._part(self.why)], exact=False, over="unknown", target=self.drawn)

    def enter(self, run: Interpreter) -> Value:
        return Unknown(self.why)


class Const(Value):
    """None, a bool, a number, a string, bytes or Ellipsis.

    loader: for text from a config file, what loaded it (`pyyaml`), so that text where a number belongs is known.
    """

    __slots__ = ("text", "value")

    def __init__(self, value: Any, origin: Origin = (), text: Any = None) -> None:
        self.origin = origin
        self.value = value
        self.text = text  # configs' note on a scalar (TextScalar), kept as long as the string is unchanged

    def describe(self) -> str:
        return repr(self.value)[:40]

    def with_origin(self, origin: Origin) -> Value:
        return Const(self.value, origin, self.text)

    def truth(self, run: Interpreter) -> bool | None:
        return bool(self.value)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        from trainlint.semantics.scalars import scalar_attribute

        return scalar_attribute(run, self, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        from trainlint.semantics.scalars import string_item

        return string_item(self, key)

    def iterate(self, run: Interpreter) -> Items:
        if isinstance(self.value, (str, bytes)) and len(self.value) <= 64:
            return Items([Const(c, self.origin) for c in self.value], exact=True)
        return super().iterate(run)

    def length(self, run: Interpreter) -> int | None:
        return len(self.value) if isinstance(self.value, (str, bytes)) else None

    def call(self, run: Interpreter, args: Args) -> Value:
        return Unknown(f"call of {self.describe()}")

    def types(self) -> tuple[str, ...] | None:
        return tuple(c.__name__ for c in type(self.value).__mro__)


class SliceValue(Value):
    """`a:b:c` inside brackets."""

    __slots__ = ("lower", "step", "upper")

    def __init__(self, lower: Value | None, upper: Value | None, step: Value | None) -> None:
        super().__init__()
        self.lower, self.upper, self.step = lower, upper, step

    def get_attr(self, run: Interpreter, name: str) -> Value:
        part = {"start": self.lower, "stop": self.upper, "step": self.step}.get(
            name, Unknown(f"{name} of a slice")
        )
        return Const(None) if part is None else part

    def types(self) -> tuple[str, ...] | None:
        return ("slice", "object")
