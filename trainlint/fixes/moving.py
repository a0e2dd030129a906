"""Edits that move whole statements within a function, or put new ones beside them."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

import libcst as cst

from trainlint.fixes.statements import Statement, Statements
from trainlint.fixes.text import newline_of
from trainlint.model import Edit, Location


def insertion(tree: Statements, beside: Statement, lines: Sequence[str], *, before: bool) -> Edit:
    """New lines, indented as the statement that they go beside."""
    newline = newline_of(tree.source.text)
    margin = indent_of(tree, beside)
    texts = [margin + line if line.strip() else line for line in lines]
    if before:
        text, line, column = "".join(part + newline for part in texts), beside.first, 1
    else:
        text, line = "".join(newline + part for part in texts), beside.last
        column = len(tree.index.line(line)) + 1
    return Edit(tree.source.location_of_span(line, column, line, column), text)


def deletion(tree: Statements, statement: Statement) -> Edit:
    """A statement's whole lines, gone, with the comments right above them."""
    count = tree.source.text.count("\n") + 1
    first, last = statement.first, statement.last
    following = tree.source.location_of_span(last + 1, 1, last + 1, 1) if last < count else None
    start = tree.source.location_of_span(first, 1, first, 1)
    if following is not None and following.cell == start.cell:
        return Edit(_span(start, following), "")
    end = tree.source.location_of_span(*(last, len(tree.index.line(last)) + 1) * 2)
    if first > 1:  # the last line has no end: the one before loses its own
        before = tree.source.location_of_span(*(first - 1, len(tree.index.line(first - 1)) + 1) * 2)
        start = before if before.cell == start.cell else start
    return Edit(_span(start, end), "")


def _span(start: Location, end: Location) -> Location:
    return Location(start.path, start.line, start.column, end.line, end.column, start.cell)


def move(
    tree: Statements, moved: Statement, anchor: Statement, *, before: bool, extra: Sequence[str] = ()
) -> tuple[Edit, ...]:
    """Take a statement out, and put it (after the extra lines) beside another one, indented as that one.

    Raises:
        LookupError: the two would end in different cells of a notebook, or in the same place.
    """
    if _cell(tree, moved.first) != _cell(tree, anchor.first) or _cell(tree, moved.last) != _cell(
        tree, anchor.last
    ):
        raise LookupError("the statements stand in different cells")
    text = tree.lines(moved.first, moved.last)
    margin, own = indent_of(tree, anchor), indent_of(tree, moved)
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if margin != own and any(line.strip() and not line.startswith(own) for line in lines):
        raise LookupError("a line of the statement is not indented with it")
    bare = [line[len(own) :] if line.startswith(own) else line for line in lines]
    return insertion(tree, anchor, [*extra, *bare], before=before), deletion(tree, moved)


def _cell(tree: Statements, line: int) -> int | None:
    return tree.source.cells.at(line)[0] if tree.source.cells is not None else None


def indent_of(tree: Statements, statement: Statement) -> str:
    """The white space before a statement."""
    line = tree.index.line(statement.head)
    return line[: len(line) - len(line.lstrip())]


def lifted(statement: Statement, outer: Statement) -> Statement:
    """What must move so that a statement leaves `outer`, a statement around it: itself, or the conditions and contexts that
    stand around it alone.

    Raises:
        LookupError: something else stands under the same condition, or in the same loop.
    """
    if not isinstance(statement.node, cst.SimpleStatementLine) or len(statement.node.body) > 1:
        raise LookupError("the line holds more than this statement")
    current = statement
    while current.number != outer.number or current.block is not outer.block:
        parent = current.parent
        if parent is None:
            raise LookupError("the statement is not inside the other")
        if len(current.block.body) == 1 and (
            isinstance(parent.node, cst.With)
            or (isinstance(parent.node, cst.If) and parent.node.orelse is None)
        ):
            current = parent
        elif isinstance(parent.node, cst.With) and current is statement:
            # A context changes nothing about what is moved out of it: gradients are clipped, or used, anywhere.
            if parent.number == outer.number and parent.block is outer.block:
                return current
            raise LookupError("the statement stands in several contexts")
        else:
            raise LookupError("more than this statement depends on a condition or loop")
    return current


def in_the_way(
    tree: Statements, moved: Statement, between: Sequence[Statement], harmless: frozenset[str]
) -> bool:
    """Whether a statement cannot pass others: they read or bind a name that it binds, or bind one that it reads.

    harmless: names whose new value is what the others shall see.
    """
    reads, binds = names(tree.text(moved))
    for other in between:
        other_reads, other_binds = names(tree.text(other))
        if (binds - harmless) & (other_reads | other_binds) or reads & (other_binds - harmless):
            return True
    return False


def names(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a statement reads, and those that it binds.

    Raises:
        LookupError: it does not parse by itself.
    """
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:
        raise LookupError("the statement does not parse by itself") from None
    reads: set[str] = set()
    binds: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            binds.add(node.name)
        elif isinstance(node, ast.alias):
            binds.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            binds.add(node.name)
    return frozenset(reads), frozenset(binds)
