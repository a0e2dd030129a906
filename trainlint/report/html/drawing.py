"""Inline SVG: elements with escaped attributes and texts, and how wide a text is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trainlint.report.styled import printable, width_of

CHARACTER = 7.3
"""Width of a character of 12 px in the report's monospaced font, in pixels, with room for wider fonts."""


def tag(name: str, *children: str, **attributes: object) -> str:
    """An element; `_` in names of attributes stands for `-`, and a trailing one keeps Python's words free (`class_`)."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{''.join(children)}</{name}>"


def text(content: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> str:
    """A line of text at a place."""
    return tag("text", clean(content), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def clean(content: str) -> str:
    """A text from a linted file as it may stand in a page: no control characters, no markup."""
    return escape(printable(content))


def svg(width: float, height: float, parts: Iterable[str], title: str, class_: str) -> str:
    """A drawing that keeps its size, and says what it shows to those who do not see it."""
    box = f"0 0 {_shown(width)} {_shown(height)}"
    return tag(
        "svg", tag("title", clean(title)), *parts, class_=class_, viewBox=box, width=width, height=height, role="img"
    )  # fmt: skip


def width_in_pixels(content: str) -> float:
    """Columns times the width of a character."""
    return width_of(printable(content)) * CHARACTER


def shortened(content: str, columns: int) -> str:
    """A text of at most so many characters, cut at its end."""
    return content if len(content) <= columns else content[: columns - 1] + "…"


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
