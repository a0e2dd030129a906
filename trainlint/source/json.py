"""JSON to config documents with all places. Comments and trailing commas are let pass."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

from trainlint.source.lines import LineIndex
from trainlint.source.problem import Problem
from trainlint.source.tree import (
    MAX_DEPTH,
    ConfigDocument,
    ConfigNode,
    DuplicateKey,
    child_path,
    element_path,
)

_SPACE = re.compile(r"(?:[ \t\n\r]+|//[^\n\r]*|/\*.*?\*/)*", re.DOTALL)
_LENIENT = re.compile(r"//|/\*|,\s*[}\]]")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<real>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_WORD = re.compile(r"-?[A-Za-z]+")
_WORDS: dict[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


class _MalformedError(Exception):
    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class _Reader:
    """Recursive descent over one text; the depth limit bounds the recursion."""

    def __init__(self, index: LineIndex) -> None:
        self.index = index
        self.text = index.text
        self.at = 0
        self.duplicates: list[DuplicateKey] = []

    def document(self) -> ConfigNode | None:
        self.skip()
        if self.at == len(self.text):
            return None
        root = self.value("", 0)
        self.skip()
        if self.at < len(self.text):
            raise _MalformedError(self.at, "more text after the end of the value")
        return root

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def value(self, path: str, depth: int) -> ConfigNode:
        if depth > MAX_DEPTH:
            raise _MalformedError(self.at, f"is nested deeper than {MAX_DEPTH} levels")
        character = self.peek()
        if character == "{":
            return self.collection("mapping", path, depth)
        if character == "[":
            return self.collection("sequence", path, depth)
        return self.scalar(path)

    def collection(self, kind: Literal["mapping", "sequence"], path: str, depth: int) -> ConfigNode:
        start = self.at
        close = "}" if kind == "mapping" else "]"
        entries: dict[object, ConfigNode] = {}
        elements: list[ConfigNode] = []
        self.at += 1
        self.skip()
        while self.peek() != close:
            if kind == "mapping":
                self.entry(entries, path, depth)
            else:
                elements.append(self.value(element_path(path, len(elements)), depth + 1))
            self.skip()
            if self.peek() == ",":
                self.at += 1
                self.skip()
            elif self.peek() != close:
                raise _MalformedError(self.at, f"expected ',' or '{close}' here" + self.opened(start))
        self.at += 1
        place = self.index.location(start, self.at)
        return ConfigNode(kind, place, path, items=entries if kind == "mapping" else elements)

    def opened(self, start: int) -> str:
        if self.at < len(self.text):
            return ""
        return f" (the '{self.text[start]}' of line {self.index.position(start)[0]} is never closed)"

    def entry(self, entries: dict[object, ConfigNode], path: str, depth: int) -> None:
        start = self.at
        if self.peek() != '"':
            raise _MalformedError(self.at, "expected a key in double quotes here")
        key = self.string()
        place = self.index.location(start, self.at)
        self.skip()
        if self.peek() != ":":
            raise _MalformedError(self.at, "expected ':' after the key here")
        self.at += 1
        self.skip()
        node = self.value(child_path(path, key), depth + 1)
        node.key_location = place
        if key in entries:
            first = entries.pop(key).key_location or place
            self.duplicates.append(DuplicateKey(place, first, child_path(path, key)))
        entries[key] = node

    def string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise _MalformedError(self.at, "a string that begins here is never closed")
        try:
            value: str = json.loads(match[0], strict=False)
        except ValueError as error:
            raise _MalformedError(self.at, f"a malformed string: {error}") from None
        self.at = match.end()
        return value

    def scalar(self, path: str) -> ConfigNode:
        start = self.at
        value: object
        if self.peek() == '"':
            value = self.string()
        elif (number := _NUMBER.match(self.text, self.at)) is not None:
            self.at = number.end()
            value = self.number(start, number[0], real=bool(number["real"]))
        else:
            word = _WORD.match(self.text, self.at)
            if word is None or word[0] not in _WORDS:
                raise _MalformedError(self.at, "expected a value here")
            self.at = word.end()
            value = _WORDS[word[0]]
        text = self.text[start : self.at]
        place = self.index.location(start, self.at)
        quoted = text.startswith('"')
        return ConfigNode("scalar", place, path, value=value, yaml12_value=value, text=text, quoted=quoted)

    def number(self, start: int, text: str, real: bool) -> object:
        try:
            return float(text) if real else int(text)
        except ValueError:
            raise _MalformedError(start, "a number with too many digits") from None


def load_json(path: Path, display: str, text: str) -> ConfigDocument:
    """Read a JSON file; what is wrong with it stands in `problems`."""
    text = text.removeprefix("\ufeff")
    index = LineIndex(display, text)
    document = ConfigDocument(path, display, None, "json", text=text)
    reader = _Reader(index)
    try:
        document.root = reader.document()
    except _MalformedError as error:
        message = str(error)
        if message.startswith("is nested"):
            document.problems.append(Problem(index.location(error.offset), message, "depth"))
        else:
            document.problems.append(
                Problem(index.location(error.offset), f"does not parse as JSON: {message}")
            )
    if not document.problems and _LENIENT.search(text):
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            place = index.location(getattr(error, "pos", 0))
            document.lenient = Problem(
                place, "does not parse as JSON: comments and trailing commas are no JSON"
            )
    document.duplicates = reader.duplicates
    document.documents = [] if document.root is None else [document.root]
    return document
