"""Old and foreign notation in a text that does not parse, rewritten line by line into what it says in Python 3."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from trainlint.source import old_python

_LONG = re.compile(r"\b(\d+)[lL]\b")
_OCTAL = re.compile(r"(?<![\w.])(?<![\d.][eE][-+])0([0-7]+)\b(?!\.)")
_UNICODE_TEXT = re.compile(r"\bu[rR](?=[\"'])")

_LINE_MAGIC = re.compile(
    r"\s*(?:%{1,2}\w|!|\?{1,2}\w|(?:pip3?|conda|cd|ls|pwd|mkdir|wget|git|unzip|cp|mv|rm|cat)\s+[\w./~-])"
)
_HELP = re.compile(r"\s*[\w.]+\?{1,2}\s*(?:#.*)?$")
_ASSIGNED = re.compile(r"(\s*[\w.,\s\[\]'\"]+=\s*)(?:!|%)[\w./~({]")

_TYPOGRAPHY = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u00b4": "'", "\u2032": "'", "\uff07": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\uff02": '"',
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00d7": "*", "\u2026": "...",
    "\uff08": "(", "\uff09": ")", "\uff0c": ",", "\uff1a": ":", "\uff1d": "=", "\uff1b": ";", "\u3001": ",",
    "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u2028": " ", "\u00ad": "",
})  # fmt: skip
"""What word processors and web pages make of quotes, signs and spaces."""


def python2(lines: list[str]) -> list[str]:
    """Python 2, and `async` as a name until 3.6."""
    text = "\n".join(lines)
    older = old_python.reread(text) or text
    return [_numbers_and_signs(line) for line in older.split("\n")]


def _numbers_and_signs(line: str) -> str:
    new = line.replace("<>", "!=")
    return _UNICODE_TEXT.sub("u", _OCTAL.sub(r"0o\1", _LONG.sub(r"\1", new)))


def magics(lines: list[str]) -> list[str]:
    """Magics and shell lines of IPython are blank; what one of them gives is unknown, never None, as in IPython."""
    kept: list[str] = []
    continued = False
    for line in lines:
        assigned = _ASSIGNED.match(line)
        if continued:
            kept.append("")
            continued = line.rstrip().endswith("\\")
        elif _LINE_MAGIC.match(line) or _HELP.match(line):
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(indent + "pass" if indent else "")
            continued = line.rstrip().endswith("\\")
        elif assigned is not None:
            kept.append(assigned[1] + "get_ipython()")
            continued = line.rstrip().endswith("\\")
        else:
            kept.append(line)
    return kept


def typography(lines: list[str]) -> list[str]:
    """Quotes, signs and spaces as programs write them."""
    return [line if line.isascii() else line.translate(_TYPOGRAPHY) for line in lines]


def tabs(lines: list[str]) -> list[str]:
    """Tabs before code as Python 2 read them: to the next multiple of 8."""
    kept: list[str] = []
    for line in lines:
        code = line.lstrip(" \t")
        kept.append(line[: len(line) - len(code)].expandtabs(8) + code)
    return kept


_TAG = re.compile(r"</?(?:pre|code|div|span|p|br|blockquote|samp)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{2,5});")


def markup(lines: list[str]) -> list[str]:
    """Tags around code of web pages, and entities in it."""
    return [
        _ENTITY.sub(_character, _TAG.sub("", line)) if "<" in line or "&" in line else line for line in lines
    ]


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0]).replace("\u00a0", " ")


_TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\)")
_RAISED = re.compile(r"\s*[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Iteration)\b")


def tracebacks(lines: list[str]) -> list[str]:
    """What Python said of an exception is blank: the code lines in there ran elsewhere."""
    kept: list[str] = []
    inside = False
    for line in lines:
        starts = bool(_TRACEBACK.match(line))
        kept.append("" if inside or starts else line)
        inside = starts or (inside and not _RAISED.match(line))
    return kept


REWRITES: tuple[Callable[[list[str]], list[str]], ...] = (
    tracebacks, magics, tabs, typography, markup, python2,
)  # fmt: skip
