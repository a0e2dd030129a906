"""Text that code makes of a file's lines before it is parsed: comments taken out, lines joined again.

What a program strips before `json.loads()` is what JSON does not allow, or the program would fail. So the file says what the
settings are, read with its comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SAME = frozenset({
    "strip", "rstrip", "lstrip", "decode", "encode", "replace", "expandtabs", "removeprefix", "removesuffix",
})  # fmt: skip
_CUT = frozenset({"split", "rsplit", "partition", "rpartition", "splitlines"})


class FileParts(Unknown):
    """A text made of parts of a file. path: the path as code gave it. whole: all lines went in, not one of them only."""

    __slots__ = ("path", "whole")

    def __init__(self, path: Value | None, whole: bool) -> None:
        super().__init__("text from a file" if whole else "a line of a file")
        self.path = path
        self.whole = whole

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in _SAME:
            return Native(name, lambda r, args: self)
        if name in _CUT:
            parts = FileParts(self.path, self.whole and name != "splitlines")
            return Native(name, lambda r, args: Parts(parts))
        return super().get_attr(run, name)

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op != "+" or not is_text(other):
            return super().binary(run, op, other, reflected)
        plain = isinstance(other, Const) and (not str(other.value).strip() and bool(other.value))
        return FileParts(self.path, self.whole or not plain)

    def joined(self) -> Value:
        """All lines that are joined are the file again."""
        return FileParts(self.path, True)


class Parts(ListValue):
    """What `split()` makes of such a text: so many parts, all of the file."""

    def __init__(self, part: FileParts) -> None:
        super().__init__([part], open=True)
        self.part = part

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return self.part if isinstance(key, Const) else super().get_item(run, key)


def is_text(value: Value) -> bool:
    """Whether it is a text, as far as that is known."""
    return isinstance(value, FileParts) or (isinstance(value, Const) and isinstance(value.value, str))
