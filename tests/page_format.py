"""Parser of rule pages and case files; `page_format.md` describes the format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

HEADINGS = ("Why it hurts", "Examples", "How the probe confirms it", "Options", "When to ignore it")
SORTS = {"bad": "bad", "good": "good", "near miss": "good"}
KINDS = ("bad", "good", "fixed")
CODE = re.compile(r"TL\d{3}")
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`]*)$")
HEADING = re.compile(r"^(?P<marks>#{1,6}) +(?P<text>.+?)\s*$")
MARKER = re.compile(r"\s*# expect: (?P<codes>TL\d{3}(?:, ?TL\d{3})*)\s*$")
OPTION = re.compile(r"^- `(?P<name>[a-z][\w-]*)` \(default `(?P<default>[^`]*)`\): \S")


class FormatError(ValueError):
    """A page or case file does not follow the format; the message names file and line."""


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """One finding that must be there: `cell` is 0 outside notebooks, lines count from 1."""

    path: str
    line: int
    code: str
    cell: int = 0

    def __str__(self) -> str:
        cell = f":cell {self.cell}" if self.cell else ""
        return f"{self.path}{cell}:{self.line} {self.code}"


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """One fence: the text is free of markers and has the fence's line numbers."""

    path: str
    kind: str
    text: str
    expected: tuple[Expected, ...] = ()


@dataclass(slots=True)
class Example:
    """All fences beneath one `###` heading; `number` counts the examples of the same sort in the file, from 1."""

    sort: str
    title: str
    number: int
    line: int
    files: list[ExampleFile] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`bad` or `good`."""
        return SORTS[self.sort]

    @property
    def inputs(self) -> list[ExampleFile]:
        """The files that are checked, without the `fixed` ones."""
        return [file for file in self.files if file.kind == self.kind]

    @property
    def expected(self) -> Counter[Expected]:
        """The findings that must be there, with their number."""
        return Counter(mark for file in self.inputs for mark in file.expected)

    def write(self, directory: Path) -> None:
        """Write the files that are checked below `directory`."""
        for file in self.inputs:
            target = directory / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")


@dataclass(slots=True)
class Page:
    """A parsed file. `code` comes from the file's name; `sections` maps each `##` heading to its text."""

    path: Path
    code: str
    title: str
    summary: str
    sections: dict[str, str]
    examples: list[Example]

    @property
    def options(self) -> dict[str, str]:
        """Name to default, as text, of the items under *Options*."""
        lines = self.sections.get("Options", "").splitlines()
        return {match["name"]: match["default"] for line in lines if (match := OPTION.match(line))}

    def example_id(self, example: Example) -> str:
        """A readable test id: `TL401-bad-2`, with the file's stem."""
        return f"{self.path.stem}-{example.sort.replace(' ', '-')}-{example.number}"


def parse_page(path: Path) -> Page:
    """Parse a page or a case file; raises FormatError."""
    return _Parser(path).parse()


class _Parser:
    def __init__(self, path: Path) -> None:
        code = CODE.match(path.stem)
        if code is None:
            raise FormatError(f"{path}: the file's name must begin with a rule's code")
        self.path = path
        self.page = Page(path, code[0], "", "", {}, [])
        self.section = ""
        self.example: Example | None = None
        self.prose: dict[str, list[str]] = {"": []}

    def parse(self) -> Page:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        index = 0
        while index < len(lines):
            fence = FENCE.match(lines[index])
            if fence is None:
                self._prose_line(lines[index], index + 1)
                index += 1
                continue
            end = self._end_of_fence(lines, index, fence["ticks"])
            self._fence(fence["info"].split(), lines[index + 1 : end], index + 1)
            self.prose[self.section].extend(lines[index : end + 1])
            index = end + 1
        self.page.sections = {name: "\n".join(text).strip() for name, text in self.prose.items() if name}
        self.page.summary = " ".join("\n".join(self.prose[""]).split())
        for example in self.page.examples:
            if not example.inputs:
                raise self._error(example.line, "an example without a file")
            if example.kind == "bad" and not example.expected:
                raise self._error(example.line, "a bad example expects nothing")
        return self.page

    def _error(self, line: int, message: str) -> FormatError:
        return FormatError(f"{self.path}:{line}: {message}")

    def _end_of_fence(self, lines: list[str], start: int, ticks: str) -> int:
        for index in range(start + 1, len(lines)):
            if lines[index].rstrip() == ticks:
                return index
        raise self._error(start + 1, "the fence is never closed")

    def _prose_line(self, line: str, number: int) -> None:
        heading = HEADING.match(line)
        if heading is None:
            self.prose[self.section].append(line)
            return
        level, text = len(heading["marks"]), heading["text"]
        self.example = None
        if level == 1:
            if self.page.title:
                raise self._error(number, "a second title")
            self.page.title = text
        elif level == 2:
            if text in self.prose:
                raise self._error(number, f"the heading {text!r} stands twice")
            self.section = text
            self.prose[text] = []
        elif level == 3:
            self._start_example(text, number)

    def _start_example(self, text: str, number: int) -> None:
        sort = next((sort for sort in SORTS if re.match(rf"{sort}\b", text.lower())), None)
        if sort is None:
            raise self._error(number, f"{text!r} begins with none of Bad, Good, Near miss")
        count = sum(example.sort == sort for example in self.page.examples)
        title = text[len(sort) :].lstrip(": ")
        self.example = Example(sort, title, count + 1, number)
        self.page.examples.append(self.example)

    def _fence(self, info: list[str], body: list[str], number: int) -> None:
        if len(info) < 2 or info[1] not in KINDS:
            if len(info) > 1:
                raise self._error(number, f"{info[1]!r} is none of {', '.join(KINDS)}")
            return
        language, kind = info[0], info[1]
        example = self.example
        if example is None:
            raise self._error(number, "an executed fence outside an example (a ### heading)")
        if kind != example.kind and not (kind == "fixed" and example.kind == "bad"):
            raise self._error(number, f"a {kind!r} fence under a heading {example.sort!r}")
        path, marks = self._path_and_marks(language, info[2:], number)
        if any(file.path == path and file.kind == kind for file in example.files):
            raise self._error(number, f"{path} stands twice in one example")
        text, expected = _cut_markers(path, body)
        expected += [Expected(path, line, code, cell) for cell, line, code in marks]
        if expected and kind != "bad":
            raise self._error(number, f"a {kind!r} fence expects a finding")
        example.files.append(ExampleFile(path, kind, text, tuple(expected)))

    def _path_and_marks(
        self, language: str, words: list[str], number: int
    ) -> tuple[str, list[tuple[int, int, str]]]:
        marks: list[tuple[int, int, str]] = []
        paths: list[str] = []
        for word in words:
            if not word.startswith("expect="):
                paths.append(word)
                continue
            for mark in word.removeprefix("expect=").split(","):
                match = re.fullmatch(r"(TL\d{3})@(?:(\d+):)?(\d+)", mark)
                if match is None:
                    raise self._error(number, f"{mark!r} is not CODE@line or CODE@cell:line")
                marks.append((int(match[2] or 0), int(match[3]), match[1]))
        if not paths and language == "python":
            paths = ["train.py"]
        if len(paths) != 1:
            raise self._error(number, "the fence needs one path")
        parts = PurePosixPath(paths[0])
        if parts.is_absolute() or ".." in parts.parts:
            raise self._error(number, f"{paths[0]} leaves the example's directory")
        return paths[0], marks


def _cut_markers(path: str, body: list[str]) -> tuple[str, list[Expected]]:
    """The text without markers, its line numbers kept, and what the markers expect."""
    lines: list[str] = []
    expected: list[Expected] = []
    for number, line in enumerate(body, start=1):
        marker = MARKER.search(line)
        if marker is None:
            lines.append(line)
            continue
        rest = line[: marker.start()]
        subject = number if rest.strip() else number + 1
        lines.append(rest)
        expected += [Expected(path, subject, code.strip()) for code in marker["codes"].split(",")]
    return "\n".join(lines) + "\n", expected
