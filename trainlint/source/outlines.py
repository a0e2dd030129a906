"""What remains of a statement that cannot be read: its kind, its target, and the names that it mentions."""

from __future__ import annotations

import keyword
import re

from trainlint.source.statements import Statement, indent

UNREAD = "__unread__"
"""The name of what could not be read: nothing defines it, so nothing is known of it."""


_REST = {")": f"*{UNREAD}, **{UNREAD}2", "]": f"*{UNREAD}", "}": f"**{UNREAD}"}


def cut_short(text: str, missing: str) -> str:
    """A statement that ends within brackets: each may have held more."""
    for closing in missing:
        text = text.rstrip().removesuffix(",")
        text += ("" if text.endswith(("(", "[", "{")) else ", ") + _REST[closing] + closing
    return text


_HEADER = re.compile(r"\s*(async\s+|)(def|class|for|while|if|elif|with|except|else|try|finally)\b\s*(\w*)")


_TARGET = re.compile(r"\s*([A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*)*)\s*=(?!=)")


def outline_of(lines: list[str], statement: Statement) -> str | None:
    """Of a header its kind and name, of an assignment its target; None for any other statement."""
    first = lines[statement.rows.start]
    header, target = _HEADER.match(first), _TARGET.match(first)
    if header is not None and (_has_body(lines, statement) or ":" in first):
        return _header(header[2], header[3])
    if target is None:
        return None
    text = "\n".join(lines[row] for row in statement.rows)
    return f"{target[1]} = {unread(text[target.end() :])}"


def _has_body(lines: list[str], statement: Statement) -> bool:
    below = next((line for line in lines[statement.rows.stop :] if line.strip()), "")
    return indent(below) > indent(lines[statement.rows.start])


def _header(kind: str, name: str) -> str:
    outlines = {
        "def": f"def {name or UNREAD}(*{UNREAD}, **{UNREAD}2):",
        "class": f"class {name or UNREAD}({UNREAD}):",
        "for": f"for {UNREAD} in {UNREAD}2:",
        "except": "except Exception:",
    }
    return outlines.get(kind) or (
        f"{kind} {UNREAD}:" if kind in ("while", "if", "elif", "with") else f"{kind}:"
    )


_MENTIONED = re.compile(
    r"(?<![\w.'\"])([A-Za-z_]\w*)(?=\.[A-Za-z_]|\s*[,)])|(?<=[(,=])\s*([A-Za-z_]\w*)(?=\s*$)"
)


def unread(text: str) -> str:
    """A call in place of code that was not read: unknown code that saw what the text mentions."""
    names = dict.fromkeys(match[1] or match[2] for match in _MENTIONED.finditer(text))
    return f"{UNREAD}({', '.join(n for n in names if not keyword.iskeyword(n))})"
