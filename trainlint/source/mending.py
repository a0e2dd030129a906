"""Text that does not parse, mended statement by statement until it does.

What can be told from the text alone is read as it was meant (blocks that are indented for no reason, Python 2, magics,
quotes of a word processor, `...` among arguments); of any other statement only what it is remains: a block stays a block,
a name that was assigned to is not known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from trainlint.source.lines import split_lines
from trainlint.source.outlines import UNREAD, cut_short, outline_of, unread
from trainlint.source.recovery import CONFLICT, resolve_conflicts
from trainlint.source.rewrites import REWRITES, tabs
from trainlint.source.statements import Statement, indent, statement_at

Parse = Callable[[str], tuple[ast.Module | None, Exception | None]]

# Each attempt parses the whole text again: at most so many, and so many characters together (some 100 ns each).
MAX_ATTEMPTS = 64
MIN_ATTEMPTS = 8
MAX_PARSED = 4_000_000


_MISSING_BODY = re.compile(r"expected an indented block after .* on line (\d+)")
_CONTINUES = re.compile(r"(?:[\s)\]}#]|else\b|elif\b|except\b|finally\b|case\b|$)")


@dataclass(slots=True)
class Mended:
    """What was understood of a text; `tree` is None if nothing is.

    lost: something of it was not read. shifts: per line (from 1), how many columns it was moved to the left.
    """

    lines: list[str]
    tree: ast.Module | None = None
    errors: list[Exception] = field(default_factory=list)
    lost: bool = False
    shifts: dict[int, int] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)  # rows that were mended, and how often
    last: int = -2  # the row that was mended last

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def mend(text: str, error: Exception, parse: Parse) -> Mended:
    """Mend what a parser stumbles over, in its order, until the text parses or attempts run out."""
    mended = Mended(split_lines(text))
    conflict = resolve_conflicts(mended.lines)
    tree: ast.Module | None = None
    fault: Exception | None = error
    if conflict is not None:
        tree, fault = parse(mended.text)
        mended.errors = [SyntaxError(CONFLICT, ("", conflict, 1, "", conflict, 8))]
        mended.lost = True
    for _ in range(max(MIN_ATTEMPTS, min(MAX_ATTEMPTS, MAX_PARSED // max(len(text), 1)))):
        if fault is None or not isinstance(fault, SyntaxError) or "\0" in text:
            break
        before = list(mended.lines)
        _step(mended, fault, parse)
        if mended.lines == before:
            break
        tree, fault = parse(mended.text)
    mended.tree = tree if tree is not None and tree.body else None
    if fault is not None:
        del mended.errors[1:]  # beyond repair: the first error says it
        mended.errors = mended.errors or [fault]
        mended.lost = True
    return mended


def _step(mended: Mended, fault: SyntaxError, parse: Parse) -> None:
    """Mend one error."""
    lines = mended.lines
    row = min(max((fault.lineno or 1) - 1, 0), len(lines) - 1)
    while row > 0 and not lines[row].strip():
        row -= 1
    if isinstance(fault, IndentationError) and _indentation(mended, fault, row):
        return
    statement = statement_at(lines, row)
    _note(mended, fault, statement.rows.start)
    if _rewritten(mended, statement, row, isinstance(fault, TabError)):
        return
    tries = mended.seen[statement.rows.start] = mended.seen.get(statement.rows.start, 0) + 1
    if tries == 1 and _as_meant(mended, statement, parse):
        return
    mended.lost = True
    if tries <= 2 and _outline(mended, statement):
        return
    _blank(mended, statement.rows if tries <= 3 else _block(lines, row))


def _note(mended: Mended, fault: SyntaxError, row: int) -> None:
    """Report an error, if it is not that of the line before: lines of prose are one error."""
    if not mended.errors or not 0 <= row - mended.last <= 1:
        mended.errors.append(fault)
    mended.last = row


# -- indentation


def _indentation(mended: Mended, fault: SyntaxError, row: int) -> bool:
    """Blocks at no margin that is open move to one; a header without a body gets an empty one."""
    lines, message = mended.lines, fault.msg or ""
    if isinstance(fault, TabError):
        return False
    width = indent(lines[row])
    if "unexpected indent" in message:
        above = next((lines[r] for r in range(row - 1, -1, -1) if lines[r].strip()), "")
        left = width - indent(above)
    elif "unindent does not match" in message:
        left = width - max((m for m in _margins(lines, row) if m < width), default=0)
    else:
        return _empty_body(mended, fault)
    if left <= 0:
        return False
    if not mended.errors:
        mended.errors.append(fault)
    for later in range(row, len(lines)):
        if lines[later].strip():
            if indent(lines[later]) < width:
                break
            _replace(mended, later, lines[later][left:], left)
    return True


def _margins(lines: list[str], row: int) -> list[int]:
    """Where the blocks around a row stand."""
    margins: list[int] = []
    lowest = indent(lines[row]) + 1
    for above in range(row - 1, -1, -1):
        if lines[above].strip() and indent(lines[above]) < lowest:
            lowest = indent(lines[above])
            margins.append(lowest)
    return margins


def _empty_body(mended: Mended, fault: SyntaxError) -> bool:
    found = _MISSING_BODY.match(fault.msg or "")
    if found is None or int(found[1]) > len(mended.lines):
        return False
    header = statement_at(mended.lines, int(found[1]) - 1)
    last = header.rows.stop - 1
    _note(mended, fault, header.rows.start)
    mended.lost = True
    mended.lines[last] = mended.lines[last][: header.code_end].rstrip() + " pass"
    return True


# -- what a statement was meant to be


def _rewritten(mended: Mended, statement: Statement, row: int, mixed: bool) -> bool:
    """Notation of elsewhere is rewritten in the whole text, once the parser stumbles over it.

    mixed: the parser stumbled over tabs and spaces.
    """
    concerned = sorted({row, *statement.rows})
    for rewrite in (tabs,) if mixed else REWRITES:
        new = rewrite(mended.lines)
        if any(new[at] != mended.lines[at] for at in concerned) or (mixed and rewrite is tabs):
            for at, line in enumerate(new):
                if line != mended.lines[at]:
                    _replace(mended, at, line, indent(mended.lines[at]) - indent(line) if line.strip() else 0)
            return True
    return False


_NO_COMMA = re.compile(r"(?<=[\w)\]}'\"])[ \t](?=[A-Za-z_]\w*=[^=])")
_DOTS = re.compile(r"(?<=[(,{])(\s*)\.{3,}(?=\s*[,)}])")


def _as_meant(mended: Mended, statement: Statement, parse: Parse) -> bool:
    """A statement that parses with its `...` as arguments that are not told, its brackets closed, or a colon."""
    lines = mended.lines
    text = "\n".join(lines[row] for row in statement.rows)
    closed = "\n".join(
        [*(lines[r] for r in statement.rows[:-1]), lines[statement.rows[-1]][: statement.code_end]]
    )
    closed = closed.rstrip()
    if statement.missing and not any(line.strip() for line in lines[statement.rows.stop :]):
        return _put_first(
            mended, statement.rows, [cut_short(closed, statement.missing)], parse
        )  # more may have come
    readings = [
        _DOTS.sub(rf"\1**{UNREAD}", text),
        _DOTS.sub(rf"\1*{UNREAD}", text),
        _DOTS.sub(rf"\1*{UNREAD}, **{UNREAD}2", text),
        closed + statement.missing,
        closed.removesuffix(":") + statement.missing + ":",
        closed[:-1] if statement.surplus else text,
        _NO_COMMA.sub(",", text),
    ]
    return _put_first(mended, statement.rows, [r for r in readings if r != text], parse)


def _put_first(mended: Mended, rows: range, readings: list[str], parse: Parse) -> bool:
    for reading in readings:
        if _parses(reading, parse):
            mended.lost = mended.lost or UNREAD not in reading
            _put(mended, rows, reading)
            return True
    return False


def _parses(statement: str, parse: Parse) -> bool:
    """Whether a statement parses by itself; a header does with an empty body."""
    text = statement.strip()
    if text.split("#")[0].rstrip().endswith(":") or text.endswith(":"):
        text += " pass"
    tree = parse(re.sub(r"^(?:elif\b)", "if", text))[0]
    # A lone name or attribute does nothing: `optimizer.step)` was meant to be more.
    return tree is not None and not any(
        isinstance(part, ast.Expr) and isinstance(part.value, ast.Name | ast.Attribute) for part in tree.body
    )


def _outline(mended: Mended, statement: Statement) -> bool:
    """Leave of a statement what it is."""
    first, outline = mended.lines[statement.rows.start], outline_of(mended.lines, statement)
    margin = first[: indent(first)]
    if outline is None or margin + outline == first:
        return False
    _put(mended, statement.rows, margin + outline)
    return True


# -- edits


def _blank(mended: Mended, rows: range) -> None:
    """A statement that was not read may have done anything to what it mentions."""
    text = "\n".join(mended.lines[row] for row in rows)
    _put(mended, rows, text[: indent(text)] + unread(text))


def _put(mended: Mended, rows: range, text: str) -> None:
    """Lines in place of others, and as many of them."""
    new = split_lines(text)[: len(rows)]
    for row, line in zip(rows, [*new, *[""] * (len(rows) - len(new))], strict=True):
        mended.lines[row] = line


def _replace(mended: Mended, row: int, line: str, left: int) -> None:
    mended.lines[row] = line
    if left:
        mended.shifts[row + 1] = mended.shifts.get(row + 1, 0) + left


def _block(lines: list[str], row: int) -> range:
    """The rows of the top-level statement around a row, as far as indentation tells."""
    first = row
    while first > 0 and _CONTINUES.match(lines[first]):
        first -= 1
    last = max(row, first) + 1
    while last < len(lines) and _CONTINUES.match(lines[last]):
        last += 1
    while first > 0 and lines[first - 1].startswith("@"):
        first -= 1
    return range(first, last)
