"""Truths that are not known, of which one is supposed: what holds in a first run, and on one device."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_COMPARED = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Leftover(Unknown):
    """A truth that depends on what lies on the disk. first: what it is in a first run, which finds nothing there.

    own: the program itself writes what it asks for. Else it is a file that the project lacks, and that somebody may have put
    there: weights to start from.
    """

    __slots__ = ("first", "own")

    def __init__(self, first: bool, own: bool) -> None:
        super().__init__("what earlier runs left behind")
        self.first = first
        self.own = own


class NoneAtFirst(UnionValue):
    """None in a first run, and what an earlier one left behind in later ones: the newest checkpoint, if there is any."""

    __slots__ = ()


class LeftFiles(Leftover):
    """The files in a folder that the program itself makes: a first run finds none."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(first=False, own=True)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return (
            Native("list.sort", lambda r, args: Const(None))
            if name == "sort"
            else super().get_attr(run, name)
        )

    def get_item(self, run: Interpreter, key: Value) -> Value:
        """`files[-1]` has an answer in later runs only."""
        if isinstance(key, SliceValue):
            return self
        run.frame.fails("IndexError", run)
        return super().get_item(run, key)


def keeps_files(make: Callable[[Interpreter, Args], Value]) -> Callable[[Interpreter, Args], Value]:
    """A maker whose result holds what it was given, sorted, filtered or changed: of no files, no files."""

    def made(run: Interpreter, args: Args) -> Value:
        listing = next((value for value in args.positional if isinstance(value, LeftFiles)), None)
        return listing if listing is not None else make(run, args)

    return made


class LeftCount(Leftover):
    """How many of these there are: none in a first run."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(first=False, own=True)

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        holds = _COMPARED.get(_MIRRORED.get(op, op) if reflected else op)
        if holds is None or not isinstance(other, Const) or type(other.value) is not int:
            return super().binary(run, op, other, reflected)
        return Leftover(first=bool(holds(0, other.value)), own=True)


class OnOneDevice(Leftover):
    """A truth that the number of devices or processes decides. first: what it is where there is one, as facts suppose."""

    __slots__ = ()

    def __init__(self, first: bool) -> None:
        super().__init__(first, own=True)
        self.why = "the number of devices"
