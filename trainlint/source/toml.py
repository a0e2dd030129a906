"""TOML to config documents: `tomllib` says what it means, a scan says where everything is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from trainlint.model import Location
from trainlint.source.lines import LineIndex
from trainlint.source.problem import Problem
from trainlint.source.suppressions import of_config
from trainlint.source.tree import ConfigDocument, ConfigNode, child_path, element_path

_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{1,2})?|\'\'\'.*?\'\'\'(?:\'{1,2})?|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\s,\]}#=]+(?: \d\d:[^\s,\]}#]+)?")


class _Scan:
    """Places of keys and values in a text that `tomllib` has accepted. Values are filled in afterwards."""

    def __init__(self, index: LineIndex) -> None:
        self.index = index
        self.text = index.text
        self.at = 0
        self.root = ConfigNode("mapping", index.location(0), items={})
        self.strings: list[tuple[int, int]] = []
        self.groups: list[tuple[int, int]] = []

    def run(self) -> ConfigNode:
        table = self.root
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip()
        return self.root

    def skip(self) -> None:
        match = _BLANK.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def header(self) -> ConfigNode:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        keys = self.keys()
        self.skip()
        self.at += 2 if array else 1
        place = self.index.location(start, self.at)
        table = self.root
        for at, (key, key_place) in enumerate(keys):
            last = at == len(keys) - 1
            table = (
                self.append(table, key, key_place, place)
                if array and last
                else self.step(table, key, key_place)
            )
        if not array:
            table.location = place
        return table

    def step(self, table: ConfigNode, key: str, place: Location) -> ConfigNode:
        """The table below a key, made if it is new; in an array of tables, its last element's."""
        child = table.get(key)
        if child is None:
            child = ConfigNode("mapping", place, child_path(table.path, key), place, items={})
            _entries(table)[key] = child
        if isinstance(child.items, list) and child.items:
            return child.items[-1]
        return child

    def append(self, table: ConfigNode, key: str, key_place: Location, place: Location) -> ConfigNode:
        """A new element of an array of tables."""
        entries = _entries(table)
        array = entries.get(key)
        if array is None:
            array = ConfigNode("sequence", place, child_path(table.path, key), key_place, items=[])
            entries[key] = array
        assert isinstance(array.items, list)
        element = ConfigNode("mapping", place, element_path(array.path, len(array.items)), items={})
        array.items.append(element)
        return element

    def keys(self) -> list[tuple[str, Location]]:
        found: list[tuple[str, Location]] = []
        while True:
            self.skip()
            start = self.at
            bare = _BARE_KEY.match(self.text, start)
            if bare is not None:
                self.at, key = bare.end(), bare[0]
            else:
                self.string()
                (key,) = tomllib.loads(self.text[start : self.at] + " = 0")
            found.append((key, self.index.location(start, self.at)))
            self.skip()
            if not self.text.startswith(".", self.at):
                return found
            self.at += 1

    def string(self) -> None:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise ValueError("no string where one was expected")
        self.strings.append(match.span())
        self.at = match.end()

    def pair(self, table: ConfigNode) -> None:
        keys = self.keys()
        self.at += 1  # the equals sign
        self.skip()
        for key, place in keys[:-1]:
            table = self.step(table, key, place)
        key, place = keys[-1]
        node = self.value(child_path(table.path, key))
        node.key_location = place
        _entries(table)[key] = node
        first, last = place.line, node.location.end_line
        if first != last:
            self.groups.append((first, last))

    def value(self, path: str) -> ConfigNode:
        start = self.at
        opening = self.text[start : start + 1]
        if opening == "[":
            items: list[ConfigNode] = []
            self.members("]", lambda: items.append(self.value(element_path(path, len(items)))))
            return ConfigNode("sequence", self.index.location(start, self.at), path, items=items)
        if opening == "{":
            node = ConfigNode("mapping", self.index.location(start), path, items={})
            self.members("}", lambda: self.pair(node))
            node.location = self.index.location(start, self.at)
            return node
        quoted = opening in ('"', "'")
        if quoted:
            self.string()
        else:
            match = _PLAIN.match(self.text, start)
            if match is None:
                raise ValueError("no value where one was expected")
            self.at = match.end()
        text = self.text[start : self.at]
        return ConfigNode("scalar", self.index.location(start, self.at), path, text=text, quoted=quoted)

    def members(self, close: str, member: Callable[[], None]) -> None:
        self.at += 1
        self.skip()
        while not self.text.startswith(close, self.at):
            member()
            self.skip()
            if self.text.startswith(",", self.at):
                self.at += 1
                self.skip()
        self.at += 1


def _entries(node: ConfigNode) -> dict[object, ConfigNode]:
    if not isinstance(node.items, dict):
        raise TypeError("a table was expected")
    return node.items


def _fill(node: ConfigNode, data: object) -> None:
    """Give the scanned nodes the values that `tomllib` read."""
    if isinstance(node.items, dict) and isinstance(data, dict):
        for key, child in node.items.items():
            _fill(child, data[key])
    elif node.kind == "sequence" and isinstance(data, list):
        for child, element in zip(node.children(), data, strict=True):
            _fill(child, element)
    else:
        node.value = node.yaml12_value = data


def load_toml(path: Path, display: str, text: str) -> ConfigDocument:
    """Read a TOML file; what is wrong with it stands in `problems`."""
    text = text.removeprefix("\ufeff")
    index = LineIndex(display, text)
    document = ConfigDocument(path, display, None, "toml", text=text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        document.problems.append(_problem(error, index))
        return document
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        message = "is nested too deeply" if deep else f"does not parse as TOML: {error}"
        document.problems.append(Problem(Location(display, 1), message, "depth" if deep else "syntax"))
        return document
    scan = _Scan(index)
    root = scan.run()
    _fill(root, data)
    if data:
        document.root = root
        document.documents = [root]
    document.suppressions = of_config(index, scan.strings, scan.groups)
    return document


def _problem(error: tomllib.TOMLDecodeError, index: LineIndex) -> Problem:
    message = str(error)
    match = _AT.search(message)
    place = index.location(len(index.text))
    if match is not None:
        place = index.location(index.offset(int(match[1]), int(match[2])))
        message = message[: match.start()]
    message = message.removesuffix(" (at end of document)")
    if message.startswith("Cannot overwrite a value"):
        message = "the key on this line stands in its table already; TOML forbids it"
    return Problem(place, f"does not parse as TOML: {message}")
