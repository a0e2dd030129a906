"""YAML to config documents: PyYAML's events (C parser where there), composed here without recursion.

Composing from events keeps what PyYAML's own composer forgets (quotes, where a value begins), stops a bomb
of nested brackets at the depth limit, and expands aliases within a budget. No object is ever built.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from trainlint.model import Location
from trainlint.source.lines import LineIndex
from trainlint.source.problem import Problem
from trainlint.source.suppressions import of_config
from trainlint.source.tree import MAX_DEPTH, ConfigDocument, ConfigNode
from trainlint.source.yaml_expand import Expander, RawNode

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.resolver.Resolver()
_STANDARD = "tag:yaml.org,2002:"
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+#[^\r\n]*|\s+)*){1,2}")


class _RefusedError(Exception):
    """A document that is not worth reading on, at a character offset."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _value_span(event: Any, text: str) -> tuple[int, int]:
    """The span of a node's value itself: the parser counts its anchor and tag in."""
    start, end = _span(event)
    if event.anchor is not None or event.tag is not None:
        match = _PROPERTIES.match(text, start, end)
        start = match.end() if match is not None else start
    return start, end


class _Composer:
    """Builds the raw nodes of all documents of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.roots: list[RawNode] = []
        self.strings: list[tuple[int, int]] = []
        self.spans: list[tuple[int, int]] = []
        self._stack: list[RawNode] = []
        self._anchors: dict[str, RawNode] = {}

    def feed(self, event: Any) -> None:
        """Take one event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            mapping = isinstance(event, yaml.MappingStartEvent)
            tag = _STANDARD + ("map" if mapping else "seq") if event.tag in (None, "!") else str(event.tag)
            start, end = _value_span(event, self._text)
            node = RawNode("mapping" if mapping else "sequence", tag, start, end, flow=bool(event.flow_style))
            self._add(node, event.anchor)
            self._stack.append(node)
            if len(self._stack) > MAX_DEPTH:
                raise _RefusedError(start, f"is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            node = self._stack.pop()
            if node.flow:
                node.end = _span(event)[1]
                self.spans.append((node.start, node.end))
        elif isinstance(event, yaml.AliasEvent):
            target = self._anchors.get(str(event.anchor))
            if target is None:
                raise _RefusedError(
                    _span(event)[0], f"the alias *{event.anchor} names an anchor that does not exist"
                )
            self._add(target, None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _scalar(self, event: Any) -> RawNode:
        tag = event.tag
        if tag is None or tag == "!":
            tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        start, end = _value_span(event, self._text)
        quoted = event.style is not None and event.style != ""
        if quoted:
            self.strings.append((start, end))
        self.spans.append((start, end))
        return RawNode(
            "scalar", tag, start, end, value=event.value, quoted=quoted, explicit=event.tag is not None
        )

    def _add(self, node: RawNode, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.roots.append(node)


def load_yaml(path: Path, display: str, text: str) -> ConfigDocument:
    """Read a YAML file; what is wrong with it stands in `problems`."""
    text = text.removeprefix("\ufeff")
    index = LineIndex(display, text)
    document = ConfigDocument(path, display, None, "yaml", text=text)
    composer = _Composer(text)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.feed(event)
    except (yaml.YAMLError, _RefusedError, UnicodeError) as error:
        document.problems.append(_problem(error, index))
    else:
        _fill(document, composer, index)
    groups = [
        (index.position(start)[0], index.position(max(start, end - 1))[0]) for start, end in composer.spans
    ]
    multi = [group for group in groups if group[0] != group[1]]
    document.suppressions = of_config(index, composer.strings, multi)
    return document


def _fill(document: ConfigDocument, composer: _Composer, index: LineIndex) -> None:
    expander = Expander(index, limit=2 * len(composer.spans) + 20_000)
    roots: list[ConfigNode] = [expander.expand(root) for root in composer.roots]
    document.duplicates = expander.duplicates
    document.problems += expander.problems
    document.documents = roots
    if roots and not (len(roots) == 1 and roots[0].kind == "scalar" and not roots[0].text):
        document.root = roots[0]


def _problem(error: Exception, index: LineIndex) -> Problem:
    """A parser's error as a problem at its place, in words for the file's author."""
    if isinstance(error, _RefusedError):
        return Problem(
            index.location(error.offset), str(error), "depth" if "nested" in str(error) else "syntax"
        )
    if isinstance(error, UnicodeError):
        return Problem(Location(index.display, 1), "holds characters that no YAML text can hold", "encoding")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        offset = getattr(error, "position", 0) or 0
        offset = offset if isinstance(offset, int) else 0
        place = index.location(_control_character(index.text, offset))
        return Problem(place, "holds control characters: binary data, no YAML text", "encoding")
    offset = min(int(mark.index), len(index.text))
    line = index.line(index.position(offset)[0])
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or index.text[offset : offset + 1] == "\t":
        column = line.find("\t") + 1
        place = index.location(index.offset(index.position(offset)[0], max(column, 1)))
        return Problem(place, "a tab stands in the indentation; YAML allows only spaces there")
    context = getattr(error, "context", None)
    message = str(getattr(error, "problem", None) or error)
    words = f"does not parse as YAML: {message}" + (f" ({context})" if context else "")
    if "{{" in index.text or "{%" in index.text:
        return Problem(index.location(offset), words, "template")
    return Problem(index.location(offset), words)


def _control_character(text: str, guess: int) -> int:
    """Where the first character stands that YAML refuses; the C parser's figure counts bytes."""
    for at, character in enumerate(text):
        if (character < " " and character not in "\t\n\r") or (
            "\x7f" <= character < "\xa0" and character != "\x85"
        ):
            return at
    return min(guess, len(text))
