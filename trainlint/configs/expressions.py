"""Regular expressions over short texts that are known, as code takes names apart and makes others of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.configs.file_parts import FileParts
from trainlint.configs.files import FileText
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("re", usual={"re": "re"}, observers=("re",))
LIBRARIES = [LIBRARY]
_NESTED = re.compile(r"\([^()]*[*+{][^()]*\)[*+{?]|\\[1-9]")
"""Repeated groups with repetitions inside, and references back: what can take a regular expression for ever."""
LONGEST_PATTERN, LONGEST_SUBJECT = 80, 200


class MatchValue(Value):
    """What a pattern found."""

    __slots__ = ("match",)

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__()
        self.match = match

    def describe(self) -> str:
        return "a match"

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return self._group(run, Args([key]))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "group":
            return Native("match.group", self._group)
        if name == "groups":
            found = TupleValue([Const(text) for text in self.match.groups()])
            return Native(
                "match.groups", lambda r, args: found if not args.positional else Unknown("groups()")
            )
        return Unknown(f"match.{name}")

    def _group(self, run: Interpreter, args: Args) -> Value:
        keys = [v.value if isinstance(v, Const) else None for v in args.positional] or [0]
        if not all(isinstance(key, int | str) for key in keys):
            return Unknown("a group of a match")
        try:
            found = [Const(self.match.group(key)) for key in keys if key is not None]
        except (IndexError, re.error):
            return Unknown("a group of a match")
        return found[0] if len(found) == 1 else TupleValue(found)


class _NotKnownError(Exception):
    """What takes the place of a match is not known."""


def _texts(args: Args, *places: int) -> list[str] | None:
    """Short texts at these places, the first of them a pattern; None where one is not known, or there is more."""
    values = [args.positional[k] for k in places if k < len(args.positional)]
    texts = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, str)]
    if len(texts) != len(places) or args.keywords or args.open:
        return None
    pattern, *subjects = texts
    short = len(pattern) <= LONGEST_PATTERN and all(len(text) <= LONGEST_SUBJECT for text in subjects)
    return texts if short and not _NESTED.search(pattern) else None


@LIBRARY.function("re.sub")
def _substitute(run: Interpreter, args: Args) -> Value:
    """`re.sub(pattern, text, subject)`; what takes the place of a match may be a function's result."""
    subject = args.bind("pattern", "repl", "string").get("string")
    if isinstance(subject, FileText | FileParts):
        return FileParts(subject.path, not isinstance(subject, FileParts) or subject.whole)
    texts = _texts(args, 0, 2) if len(args.positional) == 3 else None
    if texts is None:
        return Unknown("re.sub()")
    new = args.positional[1]

    def made(match: re.Match[str]) -> str:
        value = run.call(new, Args([MatchValue(match)]))
        if not isinstance(value, Const) or not isinstance(value.value, str):
            raise _NotKnownError
        return value.value

    if isinstance(new, Const) and not isinstance(new.value, str):
        return Unknown("re.sub()")
    try:
        changed = re.sub(texts[0], new.value if isinstance(new, Const) else made, texts[1])
    except (re.error, IndexError, _NotKnownError):
        return Unknown("re.sub()")
    return Const(changed, args.positional[2].origin)


class PatternValue(Value):
    """What `re.compile()` makes of a pattern without flags: its methods are the functions of the module."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: Const) -> None:
        super().__init__()
        self.pattern = pattern

    def describe(self) -> str:
        return "a regular expression"

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "pattern":
            return self.pattern
        function = LIBRARY.entries.get(f"re.{name}") if name in _METHODS else None
        if not isinstance(function, Native):
            return Unknown(f"re.compile().{name}")

        def method(run: Interpreter, args: Args) -> Value:
            return function.call(run, Args([self.pattern, *args.positional], args.keywords, open=args.open))

        return Native(f"re.compile().{name}", method)


_METHODS = frozenset({"match", "search", "fullmatch", "sub", "split"})


@LIBRARY.function("re.compile")
def _compiled(run: Interpreter, args: Args) -> Value:
    """`re.compile(pattern)`"""
    texts = _texts(args, 0) if len(args.positional) == 1 else None
    return PatternValue(args.positional[0]) if texts is not None else Unknown("re.compile()")  # type: ignore[arg-type]


def _matcher(name: str) -> None:
    @LIBRARY.function(f"re.{name}")
    def match(run: Interpreter, args: Args) -> Value:
        """None or a match."""
        texts = _texts(args, 0, 1) if len(args.positional) == 2 else None
        if texts is None:
            return Unknown(f"re.{name}()")
        try:
            found = getattr(re, name)(*texts)
        except re.error:
            return Unknown(f"re.{name}()")
        return MatchValue(found) if found is not None else Const(None)


for _name in ("match", "search", "fullmatch"):
    _matcher(_name)


@LIBRARY.function("re.split")
def _split(run: Interpreter, args: Args) -> Value:
    """The parts of a text."""
    texts = _texts(args, 0, 1) if len(args.positional) == 2 else None
    try:
        found = re.split(texts[0], texts[1]) if texts is not None else None
    except re.error:
        found = None
    return ListValue([Const(text) for text in found]) if found is not None else Unknown("re.split()")
