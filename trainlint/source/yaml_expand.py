"""From raw YAML nodes to config nodes: values, aliases, merge keys and duplicate keys, within a budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from trainlint.model import Location
from trainlint.source.lines import LineIndex
from trainlint.source.problem import Problem
from trainlint.source.tree import MAX_DEPTH, ConfigNode, DuplicateKey, child_path, element_path
from trainlint.source.yaml_scalars import MalformedError, core_value, safe_value

_MERGE = "tag:yaml.org,2002:merge"
_STANDARD = "tag:yaml.org,2002:"


@dataclass(slots=True, eq=False)
class RawNode:
    """A node as parsed; an alias is its anchor's very node; a mapping's children are key, value, ..."""

    kind: Literal["mapping", "sequence", "scalar"]
    tag: str
    start: int
    end: int
    value: str = ""
    quoted: bool = False
    explicit: bool = False
    flow: bool = False
    children: list[RawNode] = field(default_factory=list)


class Expander:
    """Copies raw nodes into config nodes, at most `limit` of them."""

    def __init__(self, index: LineIndex, limit: int) -> None:
        self.duplicates: list[DuplicateKey] = []
        self.problems: list[Problem] = []
        self._index = index
        self._left = limit
        self._limit = limit
        self._open: set[RawNode] = set()
        self._seen: set[RawNode] = set()
        self._values: dict[RawNode, tuple[object, object]] = {}
        self._own_tags = False  # a loader of the project's reads the file, for which a list may be a key

    def expand(self, raw: RawNode, path: str = "", key: Location | None = None) -> ConfigNode:
        """The config node of a raw node, all aliases below it resolved."""
        self._left -= 1
        aliased = raw in self._seen
        self._seen.add(raw)
        node = ConfigNode(raw.kind, self._place(raw), path, key, aliased=aliased)
        if not raw.tag.startswith(_STANDARD):
            node.tag = raw.tag
            self._own_tags = True
        if raw.kind == "scalar":
            self._fill_scalar(node, raw)
        elif self._enters(raw):
            self._open.add(raw)
            if raw.kind == "mapping":
                node.items = self._mapping(raw, path, first_time=not aliased)
            else:
                node.items = [
                    self.expand(child, element_path(path, at)) for at, child in enumerate(raw.children)
                ]
            self._open.discard(raw)
        else:
            node.kind, node.tag = "scalar", "cut"
        return node

    def _enters(self, raw: RawNode) -> bool:
        """Whether a collection may be expanded; if not, the reason is noted once."""
        if raw in self._open:
            self._complain(raw, "an alias refers to a value that holds it, so it never ends")
        elif self._left <= 0:
            self._complain(raw, f"its aliases expand to more than {self._limit:,} values")
        elif len(self._open) >= MAX_DEPTH:
            self._complain(raw, f"is nested deeper than {MAX_DEPTH} levels")
        else:
            return True
        return False

    def _complain(self, raw: RawNode, message: str) -> None:
        if all(problem.message != message for problem in self.problems):
            self.problems.append(Problem(self._place(raw), message, "depth"))

    def _place(self, raw: RawNode) -> Location:
        end = raw.end
        if raw.kind != "scalar" and not raw.flow:  # a block collection has no end of its own
            end = raw.start
        return self._index.location(raw.start, end)

    def _fill_scalar(self, node: ConfigNode, raw: RawNode) -> None:
        node.text = self._index.text[raw.start : raw.end]
        node.quoted = raw.quoted
        if raw not in self._values:
            try:
                value = safe_value(raw.tag, raw.value)
            except MalformedError as error:
                self.problems.append(Problem(node.location, f"does not parse as YAML: {error}"))
                value = raw.value
            core = value if raw.quoted or raw.explicit else core_value(raw.value)
            self._values[raw] = value, core
        node.value, node.yaml12_value = self._values[raw]

    def _mapping(self, raw: RawNode, path: str, first_time: bool) -> dict[object, ConfigNode]:
        own: dict[object, ConfigNode] = {}
        merged: dict[object, ConfigNode] = {}
        pairs = zip(raw.children[::2], raw.children[1::2], strict=True)
        for key_node, value_node in pairs:
            if key_node.tag == _MERGE and not key_node.quoted:
                self._merge(merged, value_node, path)
                continue
            place = self._place(key_node)
            if key_node.kind != "scalar":
                if first_time and not (self._own_tags and key_node.kind == "sequence"):
                    self._complain_key(key_node)
                continue
            try:
                key = safe_value(key_node.tag, key_node.value)
            except MalformedError:
                key = key_node.value
            if key in own and first_time:
                first = own[key].key_location or place
                self.duplicates.append(DuplicateKey(place, first, child_path(path, key)))
            own.pop(key, None)
            own[key] = self.expand(value_node, child_path(path, key), place)
        return {**merged, **own} if merged else own

    def _complain_key(self, key: RawNode) -> None:
        template = "{{" in self._index.text
        message = "does not parse as YAML: a list or mapping cannot be a key"
        self.problems.append(Problem(self._place(key), message, "template" if template else "syntax"))

    def _merge(self, merged: dict[object, ConfigNode], value: RawNode, path: str) -> None:
        """Add the keys of a merged mapping, or of a list of them; what was merged before wins."""
        sources = value.children if value.kind == "sequence" else [value]
        for source in sources:
            if source.kind != "mapping":
                problem = Problem(self._place(source), "does not parse as YAML: '<<' merges mappings only")
                self.problems.append(problem)
            elif self._enters(source):
                self._open.add(source)
                known = source in self._seen
                self._seen.add(source)
                for key, node in self._mapping(source, path, first_time=not known).items():
                    node.aliased = True
                    merged.setdefault(key, node)
                self._open.discard(source)
