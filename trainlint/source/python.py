"""Python source to `ast` trees with locations; what does not parse is reported and the rest is kept."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from trainlint.model import Location
from trainlint.source import mending, new_python, recovery
from trainlint.source.cells import CellMap
from trainlint.source.lines import split_lines
from trainlint.source.problem import Problem
from trainlint.source.suppressions import Suppressions, of_python

_NO_SHIFTS: Mapping[int, int] = MappingProxyType({})


@dataclass
class PythonSource:
    """A Python file or notebook as one module.

    Attributes:
        text: what was parsed, line by line as written; magics, prompts and what does not parse are blank.
        original: the same lines as they were written (a notebook's code cells joined).
        tree: None if nothing could be parsed; parsed anew where it was dropped (`fold`).
        partial: a part was blanked because it does not parse, so nothing can be said to be missing.
        shifts: per line (from 1), how many columns the parsed line was moved to the left.
    """

    path: Path
    display: str
    text: str
    _tree: ast.Module | None
    cells: CellMap | None = None
    problems: list[Problem] = field(default_factory=list)
    original: str = ""
    partial: bool = False
    shifts: Mapping[int, int] = field(default_factory=lambda: _NO_SHIFTS)

    folded: bool = False
    foreign: ClassVar[bool] = False
    """Whether it describes a library: what is made in it is that library's business."""

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree."""
        if self.folded:
            self._tree, self.folded = try_parse(self.text)[0], False
        return self._tree

    @tree.setter
    def tree(self, tree: ast.Module | None) -> None:
        self._tree = tree

    def fold(self) -> None:
        """Drop the tree, some 1.4 KB a line, until it is asked for again: its nodes are other objects then."""
        if self._tree is not None and not self.partial:
            self._tree, self.folded = None, True
            self.__dict__.pop("_lines", None)

    @cached_property
    def lines(self) -> int:
        """Lines of the text."""
        return self.text.count("\n") + 1

    @cached_property
    def suppressions(self) -> Suppressions:
        """The suppression comments of the file."""
        return of_python(self.text, lambda line, column, end: self.location_of_span(line, column, line, end))

    @cached_property
    def _lines(self) -> list[str]:
        return split_lines(self.text)

    def location(self, node: ast.AST) -> Location:
        """Where a node stands: columns in characters, the end column just after the last one."""
        found: Location | None = getattr(node, "_trainlint_location", None)
        if found is None:
            found = node._trainlint_location = self._locate(node)  # type: ignore[attr-defined]
        return found

    def _locate(self, node: ast.AST) -> Location:
        line = getattr(node, "lineno", None)
        if line is None:
            return self.location_of_line(1)
        end_line = getattr(node, "end_lineno", None) or line
        column = self._column(line, getattr(node, "col_offset", 0))
        end = getattr(node, "end_col_offset", None)
        end_column = column if end is None else self._column(end_line, end)
        return self.location_of_span(line, column, end_line, end_column)

    def location_of_line(self, line: int) -> Location:
        """The location of a whole line of the module."""
        text = self._lines[line - 1] if 1 <= line <= len(self._lines) else ""
        indent = len(text) - len(text.lstrip())
        return self.location_of_span(line, indent + 1, line, len(text) + 1)

    def location_of_span(self, line: int, column: int, end_line: int, end_column: int) -> Location:
        """A location from lines of the module and columns of the parsed text, in characters from 1."""
        if self.shifts:
            column += self.shifts.get(line, 0)
            end_column += self.shifts.get(end_line, 0)
        if self.cells is None:
            return Location(self.display, line, column, end_line, end_column)
        cell, first = self.cells.at(line)
        return Location(
            self.display, line - first + 1, column, max(end_line - first + 1, 1), end_column, cell=cell
        )

    def excerpt(self, location: Location) -> str:
        """The line, as it was written, on which a location of this file starts; empty if there is none."""
        line = location.line
        if self.cells is not None and location.cell is not None:
            line += self.cells.first_line(location.cell) - 1
        lines = self._original_lines
        return lines[line - 1] if 1 <= line <= len(lines) else ""

    @cached_property
    def _original_lines(self) -> list[str]:
        return split_lines(self.original)

    def _column(self, line: int, offset: int) -> int:
        if self.text.isascii() or not 1 <= line <= len(self._lines):
            return offset + 1
        text = self._lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1


def parse_python(path: Path, display: str, text: str) -> PythonSource:
    """Parse a Python file; never raises for what the text holds.

    An error in one place costs the statement around it, not the file. Pasted code that is indented throughout or carries
    `>>> ` or `In [1]: ` prompts is read as if it were not; so are code blocks of Markdown, diffs and numbered lines.
    """
    tree, error = try_parse(text)
    if tree is not None:
        return PythonSource(path, display, text, tree, original=text)
    assert error is not None
    base = new_python.reread(text)  # this interpreter may be older than the program's
    if base != text:
        tree, error = try_parse(base)
        if tree is not None:
            return PythonSource(path, display, base, tree, original=text)
    assert error is not None
    first, shifts = error, _NO_SHIFTS
    for reshape in recovery.SHAPES:
        reshaped = reshape(base)
        if reshaped is not None:
            base, shifts = reshaped.text, recovery.added(shifts, reshaped.shifts)
            tree, again = try_parse(base)
            if tree is not None:
                source = PythonSource(path, display, base, tree, original=text, shifts=shifts)
                source.problems = [] if reshape in recovery.SESSIONS else [error_problem(source, first)]
                return source
            error = again or error
    return _mended(path, display, text, base, error, shifts)


def _mended(
    path: Path, display: str, text: str, base: str, error: Exception, shifts: Mapping[int, int]
) -> PythonSource:
    """Keep the statements that parse, and report every error on the way."""
    result = mending.mend(base, error, try_parse)
    source = PythonSource(path, display, base, None, original=text, partial=result.lost)
    source.problems = [error_problem(source, fault) for fault in result.errors]
    source.text, source.tree = result.text, result.tree
    source.shifts = recovery.added(shifts, result.shifts)
    return source


def try_parse(text: str) -> tuple[ast.Module | None, Exception | None]:
    """The tree of a text, or the error that stands against it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are another tool's business
            return ast.parse(text), None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return None, error


def error_problem(source: PythonSource, error: Exception) -> Problem:
    """A parser's error as a problem at its place, in words for the file's author."""
    if not isinstance(error, SyntaxError):
        place = source.location_of_span(1, 1, 1, 1)
        if isinstance(error, ValueError):
            return Problem(place, "holds null bytes: binary data, no Python source", "encoding")
        return Problem(place, "is nested too deeply for Python's own parser", "depth")
    line = min(max(error.lineno or 1, 1), max(len(source._original_lines), 1))
    column = max(error.offset or 1, 1)
    place = source.location_of_span(line, column, line, column)
    written = source._original_lines[line - 1] if source._original_lines else ""
    return Problem(place, recovery.explain(error, written))
