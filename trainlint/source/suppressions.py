"""Suppression comments: `# trainlint: ignore[TL401]`, `# trainlint: ignore-file[...]` and `# noqa: TL401`."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trainlint.model import Finding, Location
from trainlint.source.lines import LineIndex, split_lines

MAX_TOKENIZED_LINE = 20_000
"""`tokenize` of Python 3.12 takes time that grows with the square of a line's length."""

_HINT = re.compile(r"trainlint\s*:\s*ignore|noqa\s*:.*\bTL\d", re.IGNORECASE)
_IGNORE = re.compile(
    r"#\s*trainlint\s*:\s*ignore(?P<file>-file)?(?![\w-])"
    r"(?:\s*\[(?P<codes>[^\]\n]*)\]|[:\s]+(?P<bare>TL\d+(?:[,\s]+TL\d+)*)|(?!\s*\[))",
    re.IGNORECASE,
)
_NOQA = re.compile(r"#\s*noqa\s*:\s*(?P<codes>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)", re.IGNORECASE)
_CODE = re.compile(r"TL\d+", re.IGNORECASE)


@dataclass(slots=True)
class Suppression:
    """One comment: its codes or rule names (None for all) and the lines of its cell that it covers."""

    location: Location
    codes: tuple[str, ...] | None
    first: int
    last: int
    whole_file: bool = False
    noqa: bool = False
    used: set[str] = field(default_factory=set)

    def matches(self, finding: Finding) -> bool:
        """Whether this comment silences a finding of its file."""
        if self.codes is not None and finding.code not in self.codes and finding.name not in self.codes:
            return False
        place = finding.location
        return self.whole_file or (place.cell == self.location.cell and self.first <= place.line <= self.last)


class Suppressions:
    """All suppression comments of one file."""

    def __init__(self, entries: Sequence[Suppression] = ()) -> None:
        self.entries = tuple(entries)

    def anew(self) -> Suppressions:
        """The same comments, as if they had silenced nothing so far."""
        for entry in self.entries:
            entry.used.clear()
        return self

    def apply(self, findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Split this file's findings into kept and suppressed, and remember what each comment did."""
        kept: list[Finding] = []
        suppressed: list[Finding] = []
        for finding in findings:
            matching = [entry for entry in self.entries if entry.matches(finding)]
            for entry in matching:
                entry.used |= {finding.code, finding.name}
            (suppressed if matching else kept).append(finding)
        return kept, suppressed

    def unused(
        self, selected: Collection[str], names: Mapping[str, str], *, blanket: bool = True
    ) -> list[tuple[Location, tuple[str, ...]]]:
        """The comments, with those of their codes, that silenced nothing in the `apply` calls so far.

        Args:
            selected: the codes of the rules that ran; what did not run is not called unused.
            names: every known rule, name -> code; codes and names outside it count as unused.
            blanket: whether a comment without codes is judged too (say no when only some rules ran);
                it is returned with no codes.
        """
        known = set(names.values())
        result: list[tuple[Location, tuple[str, ...]]] = []
        for entry in self.entries:
            if entry.codes is None:
                if blanket and not entry.used:
                    result.append((entry.location, ()))
                continue
            idle = tuple(code for code in entry.codes if _idle(code, entry, selected, names, known))
            if idle or (not entry.codes and not entry.noqa):
                result.append((entry.location, idle))
        return result


def _idle(
    word: str, entry: Suppression, selected: Collection[str], names: Mapping[str, str], known: set[str]
) -> bool:
    code = names.get(word, word)
    if code not in known:
        return not entry.noqa  # another tool's codes may begin with TL too
    return code in selected and word not in entry.used


def _codes(text: str) -> tuple[str, ...]:
    words = [word for word in re.split(r"[,\s]+", text) if word]
    return tuple(dict.fromkeys(word.upper() if _CODE.fullmatch(word) else word.lower() for word in words))


def _directives(comment: str) -> Iterator[tuple[int, int, tuple[str, ...] | None, bool, bool]]:
    """(start, end, codes, whole file, is noqa) for each directive inside one comment."""
    for match in _IGNORE.finditer(comment):
        listed = match["codes"] if match["codes"] is not None else match["bare"]
        codes = None if listed is None else _codes(listed)
        yield match.start(), match.end(), codes, match["file"] is not None, False
    for match in _NOQA.finditer(comment):
        codes = tuple(code for code in _codes(match["codes"]) if _CODE.fullmatch(code))
        if codes:
            yield match.start(), match.end(), codes, False, True


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: where it starts (from 1), its text from the `#`, and the lines that it speaks for."""

    line: int
    column: int
    text: str
    first: int
    last: int


def from_comments(comments: Iterator[Comment], locate: Callable[[int, int, int], Location]) -> Suppressions:
    """Suppressions of comments; `locate(line, column, end column)` gives a location in the file."""
    entries: list[Suppression] = []
    for comment in comments:
        for start, end, codes, whole_file, noqa in _directives(comment.text):
            place = locate(comment.line, comment.column + start, comment.column + end)
            offset = place.line - comment.line
            entries.append(
                Suppression(place, codes, comment.first + offset, comment.last + offset, whole_file, noqa)
            )
    return Suppressions(entries)


def of_python(text: str, locate: Callable[[int, int, int], Location]) -> Suppressions:
    """The suppressions of Python source; text inside strings does not count."""
    if not _HINT.search(text):
        return Suppressions()
    return from_comments(_python_comments(text), locate)


def _python_comments(text: str) -> Iterator[Comment]:
    lines = split_lines(text)
    if max(map(len, lines)) > MAX_TOKENIZED_LINE:
        yield from _comments_by_line(lines, 0)
        return
    source = iter([line + "\n" for line in lines])
    waiting: list[tuple[int, int, str]] = []
    start: int | None = None
    reached = 0
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                waiting.append((line, column + 1, token.string))
            elif token.type == tokenize.NEWLINE:
                first = line if start is None else start
                yield from (Comment(*comment, first, line) for comment in waiting)
                waiting, start, reached = [], None, line
            elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                start = line if start is None else start
    except (tokenize.TokenError, SyntaxError):  # broken source: take the rest line by line
        yield from _comments_by_line(lines, reached)
        return
    yield from (Comment(*comment, comment[0], comment[0]) for comment in waiting)


def _comments_by_line(lines: Sequence[str], start: int) -> Iterator[Comment]:
    """What follows the first `#` of each line, from an offset on, each for its own line."""
    for number, line in enumerate(lines[start:], start + 1):
        column = line.find("#")
        if column >= 0:
            yield Comment(number, column + 1, line[column:], number, number)


def of_config(
    index: LineIndex, strings: Sequence[tuple[int, int]], groups: Sequence[tuple[int, int]]
) -> Suppressions:
    """The suppressions of YAML or TOML.

    Args:
        strings: character spans of strings, inside which `#` starts no comment.
        groups: first and last line of values over several lines; a comment on any of them speaks for all.
    """
    if not _HINT.search(index.text):
        return Suppressions()

    def locate(line: int, column: int, end_column: int) -> Location:
        return Location(index.display, line, column, line, end_column)

    return from_comments(_config_comments(index, sorted(strings), groups), locate)


def _config_comments(
    index: LineIndex, strings: Sequence[tuple[int, int]], groups: Sequence[tuple[int, int]]
) -> Iterator[Comment]:
    lines = split_lines(index.text)
    for number, line in enumerate(lines, 1):
        if not _HINT.search(line):
            continue
        base = index.offset(number)
        column = next((at for at in _hashes(line) if not _inside(base + at, strings)), None)
        if column is None:
            continue
        spoken = number
        if not line[:column].strip():  # alone on its line: it speaks for the next line that holds something
            later = (at for at in range(number, len(lines)) if lines[at].split("#", 1)[0].strip())
            spoken = next(later, number - 1) + 1
        spans = [group for group in groups if group[0] <= spoken <= group[1]]
        first = min([spoken, *(group[0] for group in spans)])
        last = max([spoken, *(group[1] for group in spans)])
        yield Comment(number, column + 1, line[column:], first, last)


def _hashes(line: str) -> Iterator[int]:
    """The places where a `#` may start a comment: in YAML only after a space."""
    return (match.start() for match in re.finditer(r"(?<!\S)#", line))


def _inside(offset: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in spans)
