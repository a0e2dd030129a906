"""The text of gin files: bindings, macros, includes and imports, each with its place.

Source: https://github.com/google/gin-config/blob/master/docs/index.md (syntax).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from trainlint.model import Location

_STATEMENT = re.compile(r"^(?:include\s+['\"](?P<include>[^'\"]+)['\"]|(?:from\s+(?P<package>[\w.]+)\s+)?import\s+(?P<module>[\w.]+).*)$")  # fmt: skip
_BINDING = re.compile(r"^(?P<name>[\w./]+)\s*=\s*(?P<value>.+)$", re.DOTALL)
_BLOCK = re.compile(r"^(?P<name>[\w./]+)\s*:$")
_REFERENCE = re.compile(r"(?P<sign>[@%])(?P<name>[\w./]+)(?P<call>\(\))?")
_TEXT = re.compile(r"(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')")
_OPEN, _CLOSE = "([{", ")]}"
MACRO, REFERENCE, CALL = "_gin_macro_", "_gin_reference_", "_gin_call_"
"""Names of the calls that stand for `%name`, `@name` and `@name()` in parsed values."""


@dataclass(frozen=True)
class Binding:
    """`scope/Name.parameter = value`; a macro has no parameter."""

    name: str
    parameter: str | None
    value: ast.expr
    location: Location


@dataclass
class GinFile:
    """What a file says, in its order; lines that do not parse are left out and counted."""

    statements: list[Binding | str] = field(default_factory=list)
    """Bindings, and the paths of included files as texts."""
    imports: list[str] = field(default_factory=list)
    unread: int = 0


def parse_gin(text: str, display: str) -> GinFile:
    """Read a gin file; never raises for what the text holds."""
    found = GinFile()
    block: str | None = None
    for line, indented, statement in _statements(text):
        block = block if indented else None
        header = _BLOCK.match(statement)
        if header is not None:
            block = header["name"]
            continue
        known = _STATEMENT.match(statement)
        if known is not None:
            if known["include"]:
                found.statements.append(known["include"])
            else:
                found.imports.append(".".join(p for p in (known["package"], known["module"]) if p))
            continue
        binding = _binding(statement, block, Location(display, line))
        if binding is None:
            found.unread += 1
        else:
            found.statements.append(binding)
    return found


def _binding(statement: str, block: str | None, location: Location) -> Binding | None:
    match = _BINDING.match(statement)
    value = _value(match["value"]) if match is not None else None
    if match is None or value is None:
        return None
    name = f"{block}.{match['name']}" if block is not None else match["name"]
    name = name.rpartition("/")[2]
    owner, dot, parameter = name.rpartition(".")
    return Binding(owner if dot else name, parameter if dot else None, value, location)


def _statements(text: str) -> list[tuple[int, bool, str]]:
    """Logical lines with their first line, from 1, and whether they are indented: brackets and a backslash carry on."""
    found: list[tuple[int, bool, str]] = []
    held, depth, first, indented = "", 0, 1, False
    for number, raw in enumerate(text.splitlines(), 1):
        line = _without_comment(raw)
        if not held:
            first, indented = number, raw[:1].isspace()
        depth += sum(line.count(c) for c in _OPEN) - sum(line.count(c) for c in _CLOSE)
        carried = line.rstrip().endswith("\\")
        held += line.rstrip().removesuffix("\\") + "\n"
        waits = held.rstrip().endswith("=")
        if depth <= 0 and not carried and not waits:
            if held.strip():
                found.append((first, indented, held.strip()))
            held, depth = "", 0
    return found


def _without_comment(line: str) -> str:
    parts = _TEXT.split(line)
    for place, part in enumerate(parts):
        if place % 2 == 0 and "#" in part:
            return "".join(parts[:place]) + part.partition("#")[0]
    return line


def _value(text: str) -> ast.expr | None:
    """A value as Python's grammar has it, with calls in the place of macros and references."""
    parts = _TEXT.split(text)
    parts[::2] = [_REFERENCE.sub(_as_call, part) for part in parts[::2]]
    try:
        return ast.parse("(" + "".join(parts) + "\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _as_call(match: re.Match[str]) -> str:
    kind = MACRO if match["sign"] == "%" else CALL if match["call"] else REFERENCE
    return f"{kind}({match['name'].rpartition('/')[2]!r})"
