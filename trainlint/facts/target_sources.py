"""What is known of a target, and what the nodes say that it comes from: data sets, draws, numbers in the code.

Nodes say it by options: `encoding` (below) and `classes` (or `num_classes`) of an ENCODE, DATASET or RANDOM node,
`task` of a data set's target, and `reaches`, the smallest and largest value that a data set's documentation gives.
"""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.facts.graph import Node, Op
from trainlint.facts.ranges import Range

ONE_HOT, INDEX, MULTI_HOT, VALUES = "one_hot", "index", "multi_hot", "values"
ENCODINGS = (ONE_HOT, INDEX, MULTI_HOT, VALUES)
FLOATS = ("float", "double", "half")
INTEGERS = ("long", "int", "short", "byte", "uint", "bool", "char")


@dataclass(frozen=True)
class Target:
    """What is known of a target.

    encoding: one of ENCODINGS; None if not known. classes: how many there are. floating: whether the values stand as
    floats (None if not known). range: values that it is known to take, at least as far out. source: the node that
    says what it is. whole: the values are whole numbers, whatever they mean and however they stand.
    """

    encoding: str | None = None
    classes: int | None = None
    floating: bool | None = None
    range: Range | None = None
    source: Node | None = None
    whole: bool = False

    @property
    def discrete(self) -> bool:
        """Whether it holds classes in any form."""
        return self.encoding in (ONE_HOT, INDEX, MULTI_HOT)


UNKNOWN = Target()


def told_by(node: Node) -> Target:
    """What a data set, a draw, a file or a number in the code says of itself."""
    encoding = encoding_option(node)
    task = _text(node, "task")
    if encoding is None and node.op is Op.DATASET:
        if task == "regression" and _text(node, "kind") == "target":
            encoding = VALUES
        elif task in ("multiclass", "binary") and _text(node, "kind") == "target":
            encoding = INDEX
    if node.op is Op.RANDOM:
        encoding = encoding or _drawn(node)
    if node.op is Op.CONSTANT:
        return _literal(node)
    found = Range.of_source(node)
    if encoding is None and found is None:
        return UNKNOWN
    return Target(encoding, classes_of(node), None, found, node, encoding == INDEX)


def _drawn(node: Node) -> str | None:
    if node.name == "integer":
        flags = node.options.get("high")
        wide = node.shape is not None and len(node.shape) > 1 and node.shape[-1] not in (1, None)
        return None if wide and flags is not None and flags.value == 2 else INDEX
    return VALUES if node.name == "normal" else None


def _literal(node: Node) -> Target:
    """Numbers that stand in the code, a range of numbers, or a tensor of one number."""
    found = Range.of_source(node)
    if found is not None:
        whole = (
            node.name in ("arange", "range") and found.low == int(found.low) and found.high == int(found.high)
        )
        return Target(None if whole else VALUES, None, None, found, node, whole)
    if node.name in ("arange", "range"):
        return Target(None, None, None, None, node, _counts(node))
    if node.name in ("zeros", "ones", "full"):
        return Target(None, None, None, None, node, _literal_type(node, [0.0]) is False)
    fact = node.options.get("value")
    numbers = _flat(fact.value) if fact is not None and isinstance(fact.value, tuple | list) else []
    if not numbers or not all(isinstance(n, int | float) for n in numbers):
        return UNKNOWN
    encoding = VALUES if any(float(n) != int(n) for n in numbers) else None
    floating = _literal_type(node, numbers)
    found = Range(float(min(numbers)), float(max(numbers)))
    return Target(encoding, None, floating, found, node, encoding is None)


def _counts(node: Node) -> bool:
    """Whether a range goes on in whole steps from a whole number: what is not known is a size, as a rule."""
    bounds = [fact.value for name in ("start", "end", "step") if (fact := node.options.get(name)) is not None]
    return _literal_type(node, [0]) is False and not any(isinstance(b, float) for b in bounds)


def _literal_type(node: Node, numbers: list[float]) -> bool:
    written = _text(node, "dtype")
    if written is not None:
        return written.rsplit(".", 1)[-1].startswith((*FLOATS, "bfloat"))
    return any(isinstance(n, float) for n in numbers)


def _flat(value: object, depth: int = 0) -> list[float]:
    if isinstance(value, tuple | list) and depth < 4:
        return [n for part in value for n in _flat(part, depth + 1)]
    return [value] if isinstance(value, int | float) and abs(value) < 1e300 else []


def encoding_option(node: Node) -> str | None:
    """The encoding that a node states; None if it states none."""
    found = _text(node, "encoding")
    return found if found in ENCODINGS else None


def classes_of(node: Node) -> int | None:
    """How many classes a node tells apart, where it says so."""
    for name in ("classes", "num_classes"):
        value = number_option(node, name)
        if isinstance(value, int) and value > 0:
            return value
    low, high = number_option(node, "low"), number_option(node, "high")
    if node.op is Op.RANDOM and low == 0 and isinstance(high, int):
        return high
    if node.op is Op.ENCODE and node.shape and len(node.shape) > 1:
        return node.shape[-1]
    return None


def _text(node: Node, name: str) -> str | None:
    fact = node.options.get(name)
    return fact.value if fact is not None and isinstance(fact.value, str) else None


def number_option(node: Node, name: str) -> float | int | None:
    """An option of a node that is a number; None for others."""
    fact = node.options.get(name)
    value = fact.value if fact is not None else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
