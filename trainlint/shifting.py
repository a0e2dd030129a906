"""Results of a program from before an edit, moved to where their lines stand now: shown until it is evaluated again."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from trainlint.memory import Outcome
from trainlint.model import Finding, Location, Place
from trainlint.source.lines import split_lines
from trainlint.source.python import PythonSource


class Shift:
    """An edit of one file: lines up to `first` stayed, those after `last` moved by `delta`. Lines count from 1."""

    def __init__(self, path: str, before: str, after: str) -> None:
        old, new = split_lines(before), split_lines(after)
        head = 0
        most = min(len(old), len(new))
        while head < most and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < most - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        self.path = path
        self.first = head + 1
        self.last = len(old) - tail
        self.delta = len(new) - len(old)

    def line(self, line: int) -> int:
        """Where a line stands now; one that was changed stays within the change."""
        if line > self.last:
            return line + self.delta
        if line < self.first:
            return line
        return max(min(line, self.last + self.delta), self.first)

    def outcome(self, outcome: Outcome) -> Outcome:
        """What a program gave, with all places in this file moved."""
        reached = ((name, self.line(line) if name == self.path else line) for name, line in outcome.reached)
        findings = [self.finding(finding) for finding in outcome.findings]
        return replace(outcome, findings=findings, reached=frozenset(reached))

    def finding(self, finding: Finding) -> Finding:
        """A finding, with all places in this file moved."""
        places = (finding.location, *(place.location for place in finding.related))
        if all(place.path != self.path for place in places):
            return finding
        related = tuple(Place(self._location(p.location), p.label) for p in finding.related)
        return replace(finding, location=self._location(finding.location), related=related)

    def _location(self, place: Location) -> Location:
        if place.path != self.path or place.cell is not None:
            return place
        line = self.line(place.line)
        end = line + max(place.end_line - place.line, 0) if place.end_line else 0
        return Location(place.path, line, place.column, end, place.end_column)

    def untouched(self, source: PythonSource) -> frozenset[tuple[str, int]]:
        """The definitions of a file, as it is now, that the edit left alone."""
        first, last = self.first, self.last + self.delta
        if source.display != self.path:
            first, last = 0, -1
        return frozenset(
            (source.display, node.lineno)
            for node in _definitions(source.tree)
            if first > last or (node.end_lineno or node.lineno) < first or node.lineno > last
        )

    def outdated(self, outcome: Outcome, touched: tuple[int, int]) -> Outcome:
        """`outcome` of a program that had reached the definition that was edited, whose findings in there may be gone:
        `touched` holds the definition's lines before the edit."""
        first, last = touched[0], self.line(touched[1])
        findings = [f for f in self.outcome(outcome).findings if not self._inside(f.location, first, last)]
        return replace(self.outcome(outcome), findings=findings)

    def _inside(self, place: Location, first: int, last: int) -> bool:
        return place.path == self.path and first <= place.line <= last

    def definition(self, source: PythonSource) -> tuple[int, int] | None:
        """First and last line of the innermost function or class, in the old source, that holds the edit."""
        return _definition(source.tree, self.first, self.last)

    def reached(self, outcome: Outcome, touched: tuple[int, int]) -> bool:
        """Whether a program had reached that definition."""
        return (self.path, touched[0]) in outcome.reached


def _definitions(tree: ast.Module | None) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes at a file's top level, and the methods of these."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    top = [node for node in (tree.body if tree is not None else []) if isinstance(node, kinds)]
    return top + [
        part
        for node in top
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, kinds)
    ]


@dataclass(frozen=True)
class Glance:
    """A run that evaluates one program anew, and of that only what an edit concerns. chosen: its entry. spared: definitions that
    need not be run alone. old: what any program gave before, moved."""

    chosen: Hashable
    spared: frozenset[tuple[str, int]]
    old: Callable[[Outcome], Outcome]

    def completed(self, outcome: Outcome, before: Outcome) -> list[Finding]:
        """What was found before in definitions that were spared, and that nothing has reached now."""
        spared = self.spared - outcome.reached
        found = {(f.code, f.location) for f in outcome.findings}
        lines = sorted(line for _, line in self.spared)
        kept: list[Finding] = []
        for finding in self.old(before).findings:
            place = finding.location
            at = bisect_right(lines, place.line) - 1
            if at >= 0 and (place.path, lines[at]) in spared and (finding.code, place) not in found:
                kept.append(finding)
        return kept


def _definition(tree: ast.Module | None, first: int, last: int) -> tuple[int, int] | None:
    """First and last line of the innermost function or class around some lines."""
    found: tuple[int, int] | None = None
    body: list[ast.stmt] = tree.body if tree is not None else []
    while body:
        around = next((n for n in body if n.lineno <= first and last <= (n.end_lineno or n.lineno)), None)
        if around is None:
            return found
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found = around.lineno, around.end_lineno or around.lineno
        body = getattr(around, "body", [])
    return found
