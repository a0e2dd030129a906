"""Whether data reaches a network in the units in which it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, Slice
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.program import Program
from trainlint.model import Place

KEEPS_UNITS = frozenset({
    Op.INDEX, Op.CAST, Op.RESHAPE, Op.BATCH, Op.CONCAT, Op.AUGMENT, Op.JOIN, Op.DETACH,
})  # fmt: skip
"""Operations that change neither scale nor meaning of single values."""
TABLES = frozenset({
    "csv", "table", "excel", "parquet", "json", "feather", "sql", "sql_query", "fwf", "stata", "sas", "orc", "text",
})  # fmt: skip
"""Sources of raw numbers; pictures and sound have their own ranges. Formats that programs save their own arrays in (npy,
pickle, HDF5) say nothing: what they hold may be scaled already."""


@dataclass(frozen=True)
class Raw:
    """Data that nothing scaled: where it is read, which part of it is taken, and all the places between."""

    source: Node
    part: Node | None
    kind: str  # table, image

    def places(self) -> tuple[Place, ...]:
        """The read first, then the column or slice."""
        path = self.source.options.get("path")
        label = str(path.value) if path is not None and path.value is not None else self.source.name
        found = [Place(self.source.location, f"read from {label}")]
        if self.part is not None:
            key = self.part.options.get("key")
            found.append(Place(self.part.location, _brackets(key) if key is not None and key.known else ""))
        return tuple(found)

    def describe(self) -> str:
        """Words for a message."""
        path = self.source.options.get("path")
        where = str(path.value) if path is not None and path.value is not None else self.source.name
        key = self.part.options.get("key") if self.part is not None else None
        column = f"column {key.value!r} of " if key is not None and isinstance(key.value, str) else ""
        return f"{column}{where}"


def _brackets(key: Fact[Any]) -> str:
    return f"[{key.value}]" if isinstance(key.value, Slice) else f"[{key.value!r}]"


def raw_source(graph: Graph, node: Node) -> Raw | None:
    """Where a value comes from, if all that is known of its way leaves it in the units of its source."""
    part: Node | None = None

    def through(n: Node) -> bool:
        nonlocal part
        key = n.options.get("key") if n.op is Op.INDEX else None
        if key is not None and (part is None or (key.known and not part.options["key"].known)):
            part = n
        return n.op in KEEPS_UNITS

    ends = [node] if node.op not in KEEPS_UNITS else list(graph.upstream(node, through))
    if node.op is Op.INDEX and node.options.get("key") is not None:
        part = node
    if not ends or not all(_is_raw(n) for n in ends):
        return None
    kind = "image" if any(_is_image(n) for n in ends) else "table"
    return Raw(ends[0], part, kind)


def _is_image(node: Node) -> bool:
    return node.high == 255 or node.name == "image"


def _is_raw(node: Node) -> bool:
    if node.op is Op.READ:
        return node.name in TABLES or _is_image(node)
    if node.op is Op.DATASET:
        raw = node.options.get("raw")
        return _is_image(node) or (raw is not None and raw.value is True)
    return False


def trained_on(program: Program) -> list[Node]:
    """The values on which backward() is called."""
    return [e.target for e in program.events_of(EventKind.BACKWARD) if isinstance(e.target, Node)]


def feeds_any(graph: Graph, targets: list[Node]) -> set[int]:
    """Identities of everything that any of the targets was computed from, themselves included."""
    found: set[int] = set()
    stack = list(targets)
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found.add(id(node))
            stack.extend(node.inputs)
    return found
