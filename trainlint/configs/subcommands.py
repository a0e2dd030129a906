"""Subcommands of argparse: a command line names one of them, so that its options and its function belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import BoundMethod, FunctionValue
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Subcommand:
    """A subcommand by its name (None where that is not known), and what its options are when it is given."""

    name: str | None
    values: Mapping[str, Value]


@dataclass
class Subcommands:
    """The subcommands of a parser. dest: the option that holds the name; joined: the values that a namespace holds
    as long as it is not known which subcommand was given."""

    dest: str | None
    parts: Sequence[Subcommand]
    joined: Mapping[str, Value]
    state: dict[str, Subcommand | None] = field(default_factory=lambda: {"given": None})

    def given(self, attrs: Mapping[str, Value]) -> Subcommand | None:
        """The subcommand that is given in the branch that is evaluated; None where that is not known."""
        if self.state["given"] is not None:
            return self.state["given"]
        named = attrs.get(self.dest) if self.dest is not None else None
        if not isinstance(named, Const):
            return None
        found = [part for part in self.parts if part.name == named.value]
        return found[0] if len(found) == 1 else None

    def value(self, attrs: Mapping[str, Value], name: str) -> Value | None:
        """An option's value where the subcommand is known, or functions that say which it is when they are called."""
        if attrs.get(name) is not self.joined.get(name):
            return None  # the program has assigned another
        part = self.given(attrs)
        if part is not None:
            if name == self.dest:
                return Const(part.name) if part.name is not None else None
            return part.values.get(name)
        found = [(part, part.values[name]) for part in self.parts if name in part.values]
        if len(found) < 2 or not all(isinstance(value, FunctionValue | BoundMethod) for _, value in found):
            return None
        return UnionValue([self._handler(part, value) for part, value in found])

    def _handler(self, part: Subcommand, function: Value) -> Value:
        """`args.func(args)`: a function that runs when its subcommand was given."""

        def call(run: Interpreter, args: Args) -> Value:
            before = self.state["given"]
            run.write(self.state, "given", part)
            result = run.call(function, args)
            run.write(self.state, "given", before)
            return result

        return Native(function.describe(), call)


def names_of(parts: Sequence[str | None], required: bool) -> Value:
    """What the option that holds the subcommand's name may be."""
    names: list[Value] = [Const(name) for name in parts if name is not None]
    if not names or len(names) < len(parts):
        return Unknown("which subcommand is given")
    if not required:
        names.append(Const(None))
    return UnionValue(names) if len(names) > 1 else names[0]
