"""Comments that silence findings where they stand: `# trainlint: ignore[TL601]`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence

from trainlint.fixes.api import Files, Mend
from trainlint.fixes.text import newline_of, replaced, spans
from trainlint.model import Edit, Finding, Location
from trainlint.source.lines import LineIndex
from trainlint.source.python import PythonSource, try_parse
from trainlint.source.suppressions import Suppressions, of_python
from trainlint.source.tree import ConfigDocument, load_config

_COMMENT = re.compile(r"#\s*trainlint\s*:\s*ignore\s*\[(?P<codes>[^\]\n]*)\]", re.IGNORECASE)
Reader = Callable[[str], Suppressions | None]
"""What silences what in a text; None where it does not parse."""


def ignore(findings: Sequence[Finding], files: Files) -> Mend | None:
    """A comment that silences findings of one line; None where none can stand there (JSON, broken files)."""
    place = findings[0].location
    suffix = place.path.rsplit(".", 1)[-1].lower()
    if suffix in ("yaml", "yml", "toml"):
        document = files.config(place.path)
        return _in_config(findings, document) if document is not None and not document.problems else None
    source = files.python(place.path) if suffix != "json" else None
    if source is None or source.tree is None or source.shifts:
        return None
    return _in_python(findings, source)


def by_line(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Findings that stand on the same line, together."""
    groups: dict[tuple[str, int | None, int], list[Finding]] = {}
    for finding in findings:
        place = finding.location
        groups.setdefault((place.path, place.cell, place.line), []).append(finding)
    yield from groups.values()


def _in_python(findings: Sequence[Finding], source: PythonSource) -> Mend | None:
    place = findings[0].location
    line = place.line
    if source.cells is not None and place.cell is not None:
        line += source.cells.first_line(place.cell) - 1

    def read(text: str) -> Suppressions | None:
        if try_parse(text)[0] is None:
            return None
        found = _relocated(source, text)
        return of_python(text, lambda at, column, end: found.location_of_span(at, column, at, end))

    lines = dict.fromkeys([line, _end_of_statement(source.text, line)])
    return _first_that_works(findings, source.text, lines, read, source.location_of_span)


def _relocated(source: PythonSource, text: str) -> PythonSource:
    """A file with another text and the same cells."""
    return PythonSource(source.path, source.display, text, None, source.cells, original=text)


def _in_config(findings: Sequence[Finding], document: ConfigDocument) -> Mend | None:
    def read(text: str) -> Suppressions | None:
        new = load_config(document.path, document.display, text, document.format)
        return None if new.problems else new.suppressions

    def locate(line: int, column: int, end_line: int, end_column: int) -> Location:
        return Location(document.display, line, column, end_line, end_column)

    lines = dict.fromkeys([findings[0].location.line])
    return _first_that_works(findings, document.text, lines, read, locate)


def _first_that_works(
    findings: Sequence[Finding],
    text: str,
    lines: dict[int, None],
    read: Reader,
    locate: Callable[[int, int, int, int], Location],
) -> Mend | None:
    """The first edit after which every finding is silenced and the text still parses."""
    codes = list(dict.fromkeys(finding.code for finding in findings))
    index = LineIndex("", text)
    for line in lines:
        for start, end, addition, moved in _ways(index, line, codes):
            changed = replaced(text, spans(text, [_edit(line, start, end, addition)]))
            silences = read(changed)
            if silences is not None and all(_silenced(f, silences, moved) for f in findings):
                what = f"Ignore {', '.join(codes)} here."
                return Mend(what, (Edit(locate(line, start, line, end), addition),))
    return None


def _edit(line: int, start: int, end: int, text: str) -> Edit:
    return Edit(Location("", line, start, line, end), text)


def _ways(index: LineIndex, line: int, codes: Sequence[str]) -> Iterator[tuple[int, int, str, int]]:
    """Columns, text, and by how many lines a finding is moved: into a comment that is there, a new one at the end of the
    line, a new one above it."""
    text = index.line(line)
    there = _COMMENT.search(text)
    if there is not None:
        words = [word for word in re.split(r"[,\s]+", there["codes"]) if word]
        joined = ", ".join(dict.fromkeys([*words, *codes]))
        yield there.start("codes") + 1, there.end("codes") + 1, joined, 0
    comment = f"# trainlint: ignore[{', '.join(codes)}]"
    bare = len(text.rstrip())
    yield bare + 1, bare + 1, f"  {comment}", 0
    indent = text[: len(text) - len(text.lstrip())]
    yield 1, 1, f"{indent}{comment}{newline_of(index.text)}", 1


def _silenced(finding: Finding, silences: Suppressions, moved: int) -> bool:
    place = finding.location
    at = Location(place.path, place.line + moved, place.column, cell=place.cell)
    shifted = Finding(finding.code, finding.name, finding.level, finding.message, at)
    return any(entry.matches(shifted) for entry in silences.entries if not entry.whole_file)


def _end_of_statement(text: str, line: int) -> int:
    """The last line of the logical line that a line belongs to."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE and token.start[0] >= line:
                return token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass
    return line
