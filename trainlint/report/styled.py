"""Lines of text whose parts carry a style, printed plain or, on a terminal, in colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import IO


class Style(StrEnum):
    """How a part of a line looks; the value is what rich makes of it."""

    PLAIN = ""
    STRONG = "bold"
    QUIET = "dim"
    FRAME = "blue"
    PATH = "bold cyan"
    ERROR = "bold red"
    WARNING = "bold yellow"
    ADVICE = "bold green"


Span = tuple[str, Style]
Line = Sequence[Span]


def line(*parts: str | Span) -> Line:
    """A line of plain texts and styled spans."""
    return tuple((part, Style.PLAIN) if isinstance(part, str) else part for part in parts)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text, each ended."""
    return "".join("".join(text for text, _ in spans) + "\n" for spans in lines)


def coloured(lines: Iterable[Line], stream: IO[str]) -> None:
    """Print the lines in colour, as they are: the caller has fitted them to the terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, highlight=False, soft_wrap=True)
    for spans in lines:
        console.print(Text.assemble(*((text, style.value) for text, style in spans), overflow="ignore"))


def printable(text: str) -> str:
    """A text from a linted file as it may go to a terminal: control characters are written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
