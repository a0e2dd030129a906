"""Values that data is known to take: how far out, at least, some of them lie."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from trainlint.facts.graph import Node, Op


@dataclass(frozen=True)
class Range:
    """Some values are as low as `low` (or lower), some as high as `high` (or higher)."""

    low: float
    high: float

    @staticmethod
    def of_source(node: Node) -> Range | None:
        """The range of a source of data.

        A data set's target by its documentation (`reaches`); pictures reach both ends of what a byte holds; of drawn
        numbers a sample reaches two standard deviations, or the ends of an interval.
        """
        fact = node.options.get("reaches")
        if fact is not None and isinstance(fact.value, tuple) and len(fact.value) == 2:
            return Range(float(fact.value[0]), float(fact.value[1]))
        kind = node.options.get("kind")
        pictures = node.name == "image" or (kind is not None and kind.value == "image")
        if pictures and node.low == 0 and node.high == 255:
            return Range(0.0, 255.0)
        if node.op is Op.CONSTANT:
            return _of_sequence(node)
        if node.op is Op.RANDOM and node.name == "normal":
            mean, std = _number(node, "mean"), _number(node, "std")
            return Range(mean - 2 * std, mean + 2 * std) if mean is not None and std is not None else None
        if node.op is Op.RANDOM and node.name == "uniform":
            low, high = _number(node, "low"), _number(node, "high")
            return Range(low, high) if low is not None and high is not None else None
        if node.op is Op.RANDOM and node.name == "integer":
            low, high = _number(node, "low"), _number(node, "high")
            return Range(low, high - 1) if low is not None and high is not None and high > low else None
        return None

    def mapped(self, function: Callable[[float], float]) -> Range | None:
        """The range after a function of single values; None where it is not defined."""
        try:
            ends = function(self.low), function(self.high)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        return Range(min(ends), max(ends)) if all(math.isfinite(e) for e in ends) else None

    def behind(self, noise: float) -> Range | None:
        """What is still known once noise of this spread is added; None where it may hide all of it."""
        if self.high - self.low > 2 * noise:
            return Range(self.low + noise, self.high - noise)
        end = max(self.low, self.high, key=abs)
        far = end - math.copysign(noise, end)
        return Range(far, far) if abs(end) > 4 * noise else None

    @property
    def spread(self) -> tuple[float, float]:
        """Deviation and mean of numbers that lie evenly between the ends."""
        return (self.high - self.low) / math.sqrt(12), (self.low + self.high) / 2

    def describe(self) -> str:
        """`-0.42 to 2.8`; `about 30` where one end is known."""
        if self.low == self.high:
            return f"about {self.low:.4g}"
        return f"{self.low:.4g} to {self.high:.4g}"


PIXELS = Range(0.0, 255.0)
STANDARD = Range(-1.5, 1.5)
"""After standardising the mean is 0 and the variance 1: some values lie beyond one on either side unless the data are
flags; of a normal sample a seventh lies beyond 1.5."""
CENTRED = Range(-1e-6, 1e-6)
"""Data less its mean takes both signs, however small."""

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "log": math.log, "log1p": math.log1p, "log10": math.log10, "log2": math.log2, "sqrt": math.sqrt, "exp": math.exp,
    "expm1": math.expm1, "sin": math.sin, "cos": math.cos, "tanh": math.tanh, "abs": abs, "square": lambda v: v * v,
    "neg": lambda v: -v, "negative": lambda v: -v, "cbrt": math.cbrt,
}  # fmt: skip
"""Functions of single values by name. The ends of a range are values that are taken, so are their results."""
MEANS, SPREADS = ("mean", "nanmean"), ("std", "nanstd")


def changed_range(node: Node, before: Range | None) -> Range | None:
    """The range after one operation on data whose range was `before` (None where that was not known)."""
    if node.op is Op.SCALE:
        return _after_scaling(node, before)
    if node.op is Op.MATH:
        function = FUNCTIONS.get(node.name)
        return before.mapped(function) if before is not None and function is not None else None
    if (
        node.op is Op.SUB
        and len(node.inputs) == 2
        and _is_statistic_of(node.inputs[1], node.inputs[0], MEANS)
    ):
        return CENTRED
    if node.op is Op.DIV and len(node.inputs) == 2 and _is_standardised(node):
        return STANDARD
    return _after_arithmetic(node, before) if before is not None else None


def _after_arithmetic(node: Node, before: Range) -> Range | None:
    """A number added, multiplied, ...; or drawn noise added, which hides the ends by as much as it spreads."""
    other = _number(node, "other") if "other" in node.options else _number(node, "exponent")
    if node.op is Op.POWER and node.name == "square":
        other = 2.0
    if other is None:
        noise = _noise(node)
        return before.behind(noise) if noise is not None else None
    operation = ARITHMETIC.get(node.op)
    if operation is None:
        return None
    if "reflected" in node.options:
        return before.mapped(lambda v: operation(other, v))
    return before.mapped(lambda v: operation(v, other))


def _power(base: float, exponent: float) -> float:
    found = base**exponent
    if isinstance(found, complex):
        raise ValueError("no real number")
    return float(found)


ARITHMETIC: dict[Op, Callable[[float, float], float]] = {
    Op.ADD: lambda a, b: a + b, Op.SUB: lambda a, b: a - b, Op.MUL: lambda a, b: a * b, Op.DIV: lambda a, b: a / b,
    Op.POWER: _power,
}  # fmt: skip


def _noise(node: Node) -> float | None:
    """How far drawn numbers spread that are added or subtracted."""
    if node.op not in (Op.ADD, Op.SUB) or len(node.inputs) != 2:
        return None
    drawn = node.inputs[1]
    factor = 1.0
    while drawn.op in (Op.MUL, Op.CAST, Op.RESHAPE) and drawn.inputs:
        scale = _number(drawn, "other") if drawn.op is Op.MUL else 1.0
        if scale is None:
            return None
        factor *= abs(scale)
        drawn = drawn.inputs[1] if "reflected" in drawn.options else drawn.inputs[0]
    found = Range.of_source(drawn) if drawn.op is Op.RANDOM else None
    return factor * max(abs(found.low), abs(found.high)) if found is not None else None


def _of_sequence(node: Node) -> Range | None:
    """linspace and arange, from their first number to their last."""
    start, end = _number(node, "start"), _number(node, "end")
    if start is None:
        return None
    if node.name != "linspace" and (end is None or "step" in node.options or node.name == "arange"):
        step = _number(node, "step") or 1.0
        start, end = (start, end) if end is not None else (0.0, start)
        count = math.ceil((end - start) / step)
        end = start + step * (count - 1)
        return Range(min(start, end), max(start, end)) if count > 0 else None
    return Range(min(start, end), max(start, end)) if end is not None else None


def _after_scaling(node: Node, before: Range | None) -> Range | None:
    if node.name in ("standard", "power", "scale"):
        if not _is_on(node, "with_mean") or not _is_on(node, "standardize"):
            return None
        return STANDARD if _is_on(node, "with_std") else CENTRED
    if node.name in ("robust", "robust_scale"):
        return CENTRED if _is_on(node, "with_centering") else None
    if node.name in ("minmax", "minmax_scale"):
        low, high = _pair(node, "feature_range") or (None, None)
        return Range(low, high) if low is not None and high is not None else None
    if node.name == "totensor":
        return Range(0.0, 1.0) if before == PIXELS else None
    if node.name == "normalize" and before is not None:
        return _normalised(node, before)
    scale = _number(node, "factor" if node.name == "rescale" else "scale")
    if node.name in ("rescaling", "rescale") and before is not None and scale is not None:
        offset = _number(node, "offset") or 0.0
        return before.mapped(lambda v: v * scale + offset)
    if (
        node.name == "preprocess_input"
        and before == PIXELS
        and node.low is not None
        and node.high is not None
    ):
        return Range(node.low, node.high)
    return None


def _is_on(node: Node, name: str) -> bool:
    """Whether an option is true; one that is left out is."""
    fact = node.options.get(name)
    return fact is None or fact.value is True


def _normalised(node: Node, before: Range) -> Range | None:
    """The widest channel of `Normalize(mean, std)`."""
    means, stds = (_numbers(node, name) for name in ("mean", "std"))
    if not means or not stds or any(s <= 0 for s in stds):
        return None
    pairs = list(zip(means, stds, strict=False))
    return Range(min((before.low - m) / s for m, s in pairs), max((before.high - m) / s for m, s in pairs))


def _is_standardised(node: Node) -> bool:
    """`(x - x.mean()) / x.std()`, with or without a small number added to the spread."""
    centred, spread = node.inputs
    if spread.op is Op.ADD and spread.inputs:
        spread = next((n for n in spread.inputs if n.op is not Op.CONSTANT), spread)
    if centred.op is not Op.SUB or len(centred.inputs) != 2:
        return False
    data = centred.inputs[0]
    return _is_statistic_of(centred.inputs[1], data, MEANS) and _is_statistic_of(spread, data, SPREADS)


def _is_statistic_of(node: Node, data: Node, names: tuple[str, ...]) -> bool:
    return (
        node.op is Op.REDUCE and node.name in names and bool(node.inputs) and _is_same(node.inputs[0], data)
    )


def _is_same(first: Node, second: Node) -> bool:
    """Whether two nodes are the same data: the same node behind casts, or the same column of one."""
    first, second = _behind_casts(first), _behind_casts(second)
    if first is second:
        return True
    if first.op is not Op.INDEX or second.op is not Op.INDEX or not first.inputs or not second.inputs:
        return False
    keys = [n.options.get("key") for n in (first, second)]
    same_key = all(k is not None and k.known and k.value == getattr(keys[0], "value", None) for k in keys)
    return same_key and _is_same(first.inputs[0], second.inputs[0])


def _behind_casts(node: Node) -> Node:
    while node.op is Op.CAST and len(node.inputs) == 1:
        node = node.inputs[0]
    return node


def _number(node: Node, name: str) -> float | None:
    fact = node.options.get(name)
    value = fact.value if fact is not None else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _numbers(node: Node, name: str) -> tuple[float, ...]:
    fact = node.options.get(name)
    value = fact.value if fact is not None else None
    found = value if isinstance(value, tuple | list) else (value,)
    good = all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)
    return tuple(float(v) for v in found) if good else ()


def _pair(node: Node, name: str) -> tuple[float, float] | None:
    found = _numbers(node, name)
    return (found[0], found[1]) if len(found) == 2 else None
