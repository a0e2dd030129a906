"""Parser of tests/facts/*.md, whose README describes the format: what must be understood of small programs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`]*)$")
HEADING = re.compile(r"^(?P<marks>#{1,6}) +(?P<text>.+?)\s*$")
REVEAL = re.compile(
    r"\s*# reveals: (?P<subject>.+?) = (?P<expected>.*?)(?: from (?P<places>\S+:\d+(?:, \S+:\d+)*|here))?$"
)
ANY_REVEAL = re.compile(r"# *reveals\b")


class FormatError(ValueError):
    """A file does not follow the format; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """One assertion. `path` and `line` are where it stands in the example, `source_line` in the markdown file.

    places: where the value's chain of origins must begin, and what it must pass through after that.
    """

    subject: str
    expected: str
    places: tuple[str, ...]
    path: str
    line: int
    source_line: int


@dataclass(slots=True)
class FactExample:
    """All fences beneath one `##` heading. given: paths of the configs that the run is given on its command line."""

    file: str
    title: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    reveals: list[Reveal] = field(default_factory=list)

    @property
    def entry(self) -> str:
        """The script that is evaluated: train.py, or else the first Python file, or else the first document."""
        python = [path for path in self.texts if path.endswith(".py") and path not in self.given]
        return "train.py" if "train.py" in python else [*python, *self.texts][0]

    def write(self, directory: Path) -> None:
        """Write the files below `directory`."""
        for path, text in self.texts.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def parse_facts(path: Path) -> list[FactExample]:
    """The examples of a file; raises FormatError."""
    examples: list[FactExample] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    index = 0
    while index < len(lines):
        heading, fence = HEADING.match(lines[index]), FENCE.match(lines[index])
        if heading is not None and heading["marks"] == "##":
            examples.append(FactExample(path.name, heading["text"], index + 1))
        if fence is not None:
            end = next((i for i in range(index + 1, len(lines)) if lines[i].rstrip() == fence["ticks"]), None)
            if end is None or not examples:
                raise FormatError(
                    f"{path}:{index + 1}: a fence that is never closed, or before any ## heading"
                )
            _add(examples[-1], fence["info"].split(), lines[index + 1 : end], path, index + 1)
            index = end
        index += 1
    for example in examples:
        if not example.reveals:
            raise FormatError(f"{path}:{example.line}: an example that reveals nothing")
    return examples


def _add(example: FactExample, info: list[str], body: list[str], source: Path, number: int) -> None:
    name = info[1] if len(info) > 1 else "train.py"
    if name in example.texts or not info or PurePosixPath(name).is_absolute() or ".." in name:
        raise FormatError(f"{source}:{number}: the fence needs a language and a path of its own")
    if info[2:] == ["given"]:
        example.given.append(name)
    code: list[str] = []
    for line, text in enumerate(body, start=1):
        match = REVEAL.search(text)
        if match is None and ANY_REVEAL.search(text):
            raise FormatError(f"{source}:{number + line}: not '# reveals: SUBJECT = VALUE [from PATH:LINE]'")
        code.append(text[: match.start()] if match else text)
        if match:
            about = line if code[-1].strip() else _next_code(body, line)
            written = match["places"].replace("here", f"{name}:{about}") if match["places"] else ""
            places = tuple(written.split(", ")) if written else ()
            subject, expected = match["subject"].strip(), match["expected"].strip()
            example.reveals.append(Reveal(subject, expected, places, name, about, number + line))
    example.texts[name] = "\n".join(code) + "\n"


def _next_code(body: list[str], line: int) -> int:
    """A reveal that stands alone speaks of the next line that is no reveal."""
    while line < len(body) and body[line].lstrip().startswith("# reveals:"):
        line += 1
    return line + 1
