"""What a report draws of a program, read off its facts while they stand: networks as graphs, learning rates as curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trainlint.facts.curves import RateCurve, rate_curve
from trainlint.facts.graph import WEIGHTED, ModuleCall, Node, Op
from trainlint.facts.program import Program
from trainlint.facts.rates import RateBand, rate_band
from trainlint.facts.training import Optimizer
from trainlint.model import Location
from trainlint.report.facts.layers import layer_widths, weighted_layers

SHOWN = WEIGHTED | {Op.ACTIVATION, Op.NORM, Op.DROPOUT, Op.POOL, Op.UPSAMPLE, Op.CONCAT}
MERGING = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MATMUL, Op.JOIN})
"""Shown only where they bring two branches of the network together."""
QUIET = frozenset({Op.PARAMETER, Op.CONSTANT, Op.RANDOM})
MAX_BOXES = 72
"""A larger graph is drawn by its blocks."""
MAX_COLUMNS = 5
"""Of more boxes side by side, those of one kind and title are one."""


@dataclass
class Box:
    """A layer, or a block of them. places: where code makes or applies it; path: its attribute path, for blocks."""

    title: str
    detail: str
    kind: str
    path: str
    places: set[Location]
    inputs: set[int] = field(default_factory=set)
    count: int = 1


@dataclass(frozen=True)
class Network:
    """A network's graph: boxes in the order of the data; their inputs are indices of earlier boxes."""

    name: str
    location: Location
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Rate:
    """An optimizer's rate over the run. why: why there is no curve. band: from where on rates are found too large."""

    optimizer: str
    location: Location
    rate: float | None
    origin: str
    curve: RateCurve | None
    band: RateBand | None


@dataclass(frozen=True)
class Picture:
    """A program. files: all that its evaluation read."""

    entry: str
    framework: str
    files: frozenset[str]
    networks: tuple[Network, ...]
    rates: tuple[Rate, ...]


def picture_of(program: Program) -> Picture | None:
    """What to draw of a program; None where nothing of a training run was seen."""
    if program.empty:
        return None
    networks = tuple(network for network in _networks(program) if network.boxes)
    rates = {rate: None for rate in (_rate(o, program) for o in program.optimizers) if rate is not None}
    return Picture(
        program.entry, program.framework, frozenset({program.entry, *program.files}), networks, tuple(rates)
    )


def _rate(optimizer: Optimizer, program: Program) -> Rate | None:
    if optimizer.symbolic:
        return None
    value = optimizer.lr.value
    origin = optimizer.lr.origin[0] if optimizer.lr.origin else None
    shown = f"{origin.location} {origin.label}".rstrip() if origin is not None else ""
    return Rate(
        optimizer.name.rsplit(".", 1)[-1],
        optimizer.location,
        float(value) if isinstance(value, int | float) else None,
        shown,
        rate_curve(optimizer, program),
        rate_band(optimizer.family, optimizer.momentum.value),
    )


# -- graphs


def _networks(program: Program) -> Iterator[Network]:
    """Each network that is called and holds weights, once for each place where one is made."""
    seen: set[tuple[str, Location]] = set()
    for root in program.networks:
        key = root.qualname, root.location
        if key in seen or root.symbolic or next(weighted_layers(root), None) is None:
            continue
        calls = [call for call in program.calls_of(root) if call.parent is None]
        if calls:
            seen.add(key)
            call = next((call for call in calls if call.training), calls[0])
            yield Network(root.qualname.rsplit(".", 1)[-1], root.location, _Graph(program, call).boxes())


class _Graph:
    """The boxes of one forward pass."""

    def __init__(self, program: Program, call: ModuleCall) -> None:
        self.program, self.call = program, call
        self.nodes = [n for n in program.graph.nodes if n.call is not None and n.call.outermost is call]
        self.own = {id(node) for node in self.nodes}
        self.numbers: dict[int, int] = {}
        self.found: list[Box] = []

    def boxes(self) -> tuple[Box, ...]:
        """Where there are too many, first what only adds and multiplies is left out, then blocks are drawn as one."""
        self._draw(merging=True)
        if len(self.found) > MAX_BOXES:
            self._draw(merging=False)
        return tuple(narrowed(collapsed(self.found)))

    def _draw(self, *, merging: bool) -> None:
        self.numbers, self.found = {}, []
        for node in self.nodes:
            if node.op in SHOWN or (merging and node.op in MERGING and self._merges(node)):
                self._add(node)
        self._losses()

    def _merges(self, node: Node) -> bool:
        """Whether two different operands come from inside of the network."""
        return len({id(part) for part in node.inputs if id(part) in self.own and part.op not in QUIET}) > 1

    def _add(self, node: Node) -> None:
        places = {node.location, *([node.module.location] if node.module is not None else [])}
        path = node.module.path if node.module is not None else (node.call.module.path if node.call else "")
        box = Box(_title(node), path, _kind(node), path, places)
        box.inputs = self._inputs(node)
        self.numbers[id(node)] = len(self.found)
        self.found.append(box)

    def _inputs(self, node: Node) -> set[int]:
        sources = self.program.graph.upstream(
            node, lambda n: id(n) in self.own and id(n) not in self.numbers and n.op not in QUIET
        )
        given = {id(source) for source in self.call.inputs}
        return {self._number(source) for source in sources if source.op not in QUIET or id(source) in given}

    def _number(self, node: Node) -> int:
        """The number of a shown node, or of the input that a node from outside is."""
        if id(node) not in self.numbers:
            shape = f"shape {node.shape}".replace("None", "?") if node.shape else ""
            title = "input" if id(node) not in self.own else node.name or node.op.value
            self.numbers[id(node)] = len(self.found)
            self.found.append(Box(title, shape, "input", "", {node.location}))
        return self.numbers[id(node)]

    def _losses(self) -> None:
        """The losses that take what the network returns."""
        for loss in self.program.losses:
            node = loss.output
            if node is None or loss.prediction is None:
                continue
            near = [loss.prediction, *self.program.graph.ancestors_of(loss.prediction)]
            ends = [n for n in near if id(n) in self.numbers and id(n) in self.own]
            if not ends:
                continue
            places = {loss.location, *([loss.constructor] if loss.constructor else [])}
            last = max(ends, key=lambda n: n.index)
            box = Box(loss.name.rsplit(".", 1)[-1], "loss", "loss", "", places, {self.numbers[id(last)]})
            if not any(b.kind == "loss" and b.places == places for b in self.found):
                self.found.append(box)


def _title(node: Node) -> str:
    name = node.name or node.op.value
    if node.op in MERGING:
        return {"+": "add", "*": "multiply", "-": "subtract", "/": "divide", "@": "matmul"}.get(name, name)
    wide, narrow = layer_widths(node.module) if node.module is not None else (None, None)
    if node.op is Op.DROPOUT and "p" in node.options and isinstance(node.options["p"].value, float):
        return f"{name} {node.options['p'].value:g}"
    return f"{name} {wide:g} → {narrow:g}" if wide is not None and narrow is not None else name


def _kind(node: Node) -> str:
    if node.op in WEIGHTED:
        return "weights"
    return {Op.ACTIVATION: "activation", Op.NORM: "norm", Op.DROPOUT: "quiet", Op.POOL: "quiet"}.get(
        node.op, "merge" if node.op in MERGING or node.op is Op.CONCAT else "quiet"
    )


def collapsed(boxes: list[Box]) -> list[Box]:
    """The boxes, or where there are too many the blocks that they lie in, by ever shorter paths."""
    depth = max((box.path.count(".") + 1 for box in boxes), default=0)
    found = boxes
    while len(found) > MAX_BOXES and depth > 0:
        depth -= 1
        found = _blocks(boxes, depth)
    return found[:MAX_BOXES]


def ranks_of(boxes: Sequence[Box]) -> list[int]:
    """How far down each box stands: below all its inputs."""
    ranks: list[int] = []
    for number, box in enumerate(boxes):
        above = [ranks[i] for i in box.inputs if i < number]
        ranks.append(max(above) + 1 if above else 0)
    return ranks


def narrowed(boxes: list[Box]) -> list[Box]:
    """The boxes, with many of one title side by side (an embedding for each of thirty columns) drawn as one."""
    ranks = ranks_of(boxes)
    crowded = {rank for rank, count in Counter(ranks).items() if count > MAX_COLUMNS}
    if not crowded:
        return boxes
    found: list[Box] = []
    numbers: dict[int, int] = {}
    merged: dict[tuple[int, str, str], int] = {}
    for number in sorted(
        range(len(boxes)), key=ranks.__getitem__
    ):  # so that inputs stay before what takes them
        box, rank = boxes[number], ranks[number]
        inputs = {numbers[i] for i in box.inputs if i in numbers}
        key = rank, box.kind, box.title
        if rank not in crowded or key not in merged:
            merged[key] = len(found)
            found.append(Box(box.title, box.detail, box.kind, box.path, set(box.places), inputs))
        else:
            same = found[merged[key]]
            same.count += 1
            same.detail = f"{same.count} side by side"
            same.places |= box.places
            same.inputs |= inputs
        numbers[number] = merged[key]
    return found


def _blocks(boxes: list[Box], depth: int) -> list[Box]:
    """Boxes that follow each other in one block are one."""
    found: list[Box] = []
    numbers: list[int] = []
    last: str | None = None
    for box in boxes:
        key = ".".join(box.path.split(".")[:depth]) if box.path and depth else None
        if key is None or key != last:
            found.append(Box(box.title, box.detail, box.kind, box.path, set(box.places)))
        else:
            block = found[-1]
            block.count += 1
            block.places |= box.places
            block.title, block.detail, block.kind = key, f"{block.count} operations", "weights"
        last = key
        numbers.append(len(found) - 1)
        found[-1].inputs |= {numbers[i] for i in box.inputs if i < len(numbers)} - {len(found) - 1}
    return found
