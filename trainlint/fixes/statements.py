"""Statements of a Python file as libcst sees them: which block holds which, where they begin and end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from trainlint.model import Location
from trainlint.source.lines import LineIndex
from trainlint.source.python import PythonSource

Block = cst.Module | cst.IndentedBlock
Node = cst.SimpleStatementLine | cst.BaseCompoundStatement
BOUNDARIES = (cst.FunctionDef, cst.ClassDef)


@dataclass(frozen=True)
class Statement:
    """A statement that stands in lines of its own. first, last: its lines in the file's module, from 1, the comments
    right above it included in `first`. parent: the statement whose block holds it."""

    node: Node
    block: Block
    number: int
    first: int
    head: int
    last: int
    parent: Statement | None

    def lineage(self) -> Iterator[Statement]:
        """Itself and the statements around it, the innermost first."""
        found: Statement | None = self
        while found is not None:
            yield found
            found = found.parent


class Statements:
    """The part of a file that holds some places: only its top-level statements there are parsed with libcst, which
    takes a hundred times as long as Python's own parser."""

    def __init__(self, source: PythonSource, *places: Location) -> None:
        """Raises LookupError where a place is in no statement, or the text is not as it was written."""
        tree = source.tree
        if tree is None or source.shifts or not places:
            raise LookupError("the file was not parsed as it is written")
        self.source = source
        self.index = LineIndex(source.display, source.text)
        lines = [self.line_of(place) for place in places]
        tops = [
            node
            for node in tree.body
            if (node.end_lineno or node.lineno) >= min(lines) and _first_line(node) <= max(lines)
        ]
        if not tops:
            raise LookupError("no statement stands there")
        self.offset = _first_line(tops[0]) - 1
        last = max(node.end_lineno or node.lineno for node in tops)
        text = source.text[self.index.offset(self.offset + 1) : self._end_of_line(last)]
        try:
            wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        except (cst.ParserSyntaxError, RecursionError) as error:
            raise LookupError(str(error)) from None
        self.module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)

    def line_of(self, place: Location) -> int:
        """The line in the file's module of a place, which in a notebook counts within its cell."""
        if self.source.cells is None or place.cell is None:
            return place.line
        return self.source.cells.first_line(place.cell) + place.line - 1

    def at(self, place: Location) -> Statement:
        """The innermost statement around the start of a place. Raises LookupError where none is."""
        line, column = self.line_of(place), place.column
        found: list[tuple[tuple[int, int], Node]] = []
        for node in self._nodes(self.module):
            span = self._span(node)
            start, end = (span.start.line, span.start.column + 1), (span.end.line, span.end.column + 1)
            if start <= (line, column) < end:
                found.append((start, node))
        if not found:
            raise LookupError("no statement stands there")
        return self._statement(max(found, key=lambda item: item[0])[1])

    def text(self, statement: Statement) -> str:
        """A statement as written, without the comments above it."""
        return self.lines(statement.head, statement.last)

    def lines(self, first: int, last: int) -> str:
        """Whole lines of the file's module, without the end of the last."""
        return self.source.text[self.index.offset(first) : self._end_of_line(last)]

    def expressions(self, statement: Statement, place: Location) -> cst.Call | None:
        """The outermost call that begins where a place does."""
        line, column = self.line_of(place), place.column
        best: cst.Call | None = None
        size = -1
        for node in _walk(statement.node):
            if isinstance(node, cst.Call):
                span = self._span(node)
                if (span.start.line, span.start.column + 1) == (line, column):
                    length = (span.end.line - span.start.line) * 10_000 + span.end.column
                    best, size = (node, length) if length > size else (best, size)
        return best

    def code(self, node: cst.CSTNode) -> str:
        """A node as written."""
        return self.module.code_for_node(node)

    def siblings(self, statement: Statement) -> list[Statement]:
        """All statements of its block, in order."""
        body = cast("list[Node]", list(statement.block.body))
        return [self._statement(node) for node in body]

    def _nodes(self, node: cst.CSTNode) -> Iterator[Node]:
        for child in _walk(node):
            if isinstance(child, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                parent = self._parents.get(child)
                if isinstance(parent, cst.Module | cst.IndentedBlock):
                    yield child

    def _statement(self, node: Node) -> Statement:
        block = cast(Block, self._parents[node])
        span = self._span(node)
        head = min([span.start.line, *self._decorators(node)])
        comments = 0
        for line in reversed(node.leading_lines):
            if line.comment is None:
                break
            comments += 1
        owner: cst.CSTNode | None = block
        while owner is not None and not (isinstance(owner, cst.BaseCompoundStatement)):
            owner = self._parents.get(owner)
        parent = self._statement(owner) if isinstance(owner, cst.BaseCompoundStatement) else None
        last = span.end.line - (span.end.column == 0)
        number = next(at for at, part in enumerate(block.body) if part is node)
        return Statement(node, block, number, head - comments, head, last, parent)

    def _decorators(self, node: Node) -> list[int]:
        return [self._span(part).start.line for part in getattr(node, "decorators", ())]

    def _span(self, node: cst.CSTNode) -> CodeRange:
        span = self._positions[node]
        return CodeRange(
            (span.start.line + self.offset, span.start.column), (span.end.line + self.offset, span.end.column)
        )

    def _end_of_line(self, line: int) -> int:
        return self.index.offset(line) + len(self.index.line(line))


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(part.lineno for part in decorators)])


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))


def together(first: Statement, second: Statement) -> tuple[Statement, Statement]:
    """The statements of one block that hold the two, within one function.

    Raises:
        LookupError: they stand in different functions or classes, or in the same statement.
    """
    blocks = {id(part.block): part for part in _within_function(first)}
    for other in _within_function(second):
        mine = blocks.get(id(other.block))
        if mine is not None:
            if mine.number == other.number:
                raise LookupError("both stand in one statement")
            return mine, other
    raise LookupError("they stand in different functions")


def _within_function(statement: Statement) -> Iterator[Statement]:
    for part in statement.lineage():
        yield part
        if part.parent is not None and isinstance(part.parent.node, BOUNDARIES):
            return
