"""Whether data reaches a network in the units in which it was stored or made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, Slice
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.program import Program
from trainlint.facts.ranges import Range
from trainlint.facts.targets import describe
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

WRITTEN_OUT = 4
"""Numbers in a list from which on it is a data set, not a call that is tried out."""


@dataclass(frozen=True)
class Raw:
    """Data that nothing scaled: where it is read, which part of it is taken, and all the places between."""

    source: Node
    part: Node | None
    kind: str  # table, image, numbers (of the program's own)
    range: Range | None = None

    def places(self) -> tuple[Place, ...]:
        """The read first, then the column or slice."""
        if self.range is not None:
            return (Place(self.source.location, "the numbers"),)
        path = self.source.options.get("path")
        label = str(path.value) if path is not None and path.value is not None else self.source.name
        found = [Place(self.source.location, f"read from {label}")]
        if self.part is not None:
            key = self.part.options.get("key")
            found.append(Place(self.part.location, _brackets(key) if key is not None and key.known else ""))
        return tuple(found)

    def describe(self) -> str:
        """Words for a message."""
        if self.range is not None:
            return f"values {'of' if self.range.low == self.range.high else 'from'} {self.range.describe()}"
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


def far_numbers(node: Node, learned_from: set[int], limit: float) -> Raw | None:
    """Numbers that the program makes itself, or that stand in it, whose mean or deviation is `limit` or more.

    learned_from: identities of what stands on the other side of the loss. Numbers drawn for a trial have nothing to do
    with what stands there; a problem to be learned has both sides made of the same numbers, or written out.
    """
    found = describe(node)
    if found.range is None or found.source is None or not _is_far(found.range, limit):
        return None
    source = found.source
    if source.op not in (Op.RANDOM, Op.CONSTANT) or not (
        id(source) in learned_from or _is_written_out(source)
    ):
        return None
    return Raw(source, None, "numbers", found.range)


def _is_far(values: Range, limit: float) -> bool:
    """By the mean and deviation of numbers that lie evenly between the ends, or as squares do below the one that is known."""
    if values.low == values.high:
        return abs(values.high) / 3 >= limit
    deviation, mean = values.spread
    return max(deviation, abs(mean)) >= limit


def _is_written_out(source: Node) -> bool:
    """Whether a list of a few numbers or more stands in the code."""
    written = source.options.get("value")
    return (
        written is not None and isinstance(written.value, tuple | list) and len(written.value) >= WRITTEN_OUT
    )


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
