"""Compares a document of `trainlint facts` with what a person read: right, unknown or wrong, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realcode.truths import LISTS, SCALARS, Truth

RIGHT, UNKNOWN, WRONG = "right", "unknown", "wrong"
_SETS = ("hidden_activations", "normalizations")


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one fact. field: `lr` of an optimizer is `optimizers.lr`; subject: which item is meant.

    extra: the document lists an item that the program does not have; it was not among the facts decided.
    """

    field: str
    subject: str
    verdict: str
    expected: Any
    got: Any
    extra: bool = False


def score(truth: Truth, document: Mapping[str, Any] | None) -> list[Score]:
    """Every decided fact of a truth, then the extra items. Without a document all is unknown."""
    document = document or {}
    scores = list(_scalars(truth, document))
    for key in LISTS:
        if key in truth.facts:
            scores += _list(key, truth, document.get(key))
    return scores


def _scalars(truth: Truth, document: Mapping[str, Any]) -> Iterator[Score]:
    size = document.get("batch_size") or {}
    got = {**document, "batch_size": size.get("value"), "batch_size_origin": _place(size.get("origin"))}
    for key in SCALARS:
        if key in truth.facts:
            yield _field(key, "", truth.facts[key], got.get(key))


def _list(key: str, truth: Truth, got: Sequence[Mapping[str, Any]] | None) -> list[Score]:
    decided, fields = truth.facts[key], LISTS[key]
    pairs, extra = _matched(decided, list(got or ()), fields[0])
    scores: list[Score] = []
    if key == "clipping" and not decided:
        verdict = UNKNOWN if got is None else RIGHT
        scores += [] if got else [Score(key, "", verdict, [], got)]
    for item, other in pairs:
        subject = str(item[fields[0]])
        if other.get(fields[0]) in item.get("aliases", ()):
            other = {**other, fields[0]: item[fields[0]]}
        shown = {**other, "layers": _kinds(other), "lr_origin": _place(other.get("lr_origin"))}
        scores += [
            _field(f"{key}.{name}", subject, item[name], shown.get(name)) for name in fields if name in item
        ]
    if key not in truth.partial:
        scores += [
            Score(f"{key}.extra", str(e.get(fields[0])), WRONG, None, dict(e), extra=True) for e in extra
        ]
    return scores


def _matched(
    decided: Sequence[Mapping[str, Any]], got: list[Mapping[str, Any]], name: str
) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, Any]]], list[Mapping[str, Any]]]:
    """Each decided item with the document's item of its name, else with one that has no name, else with {}."""
    found: dict[int, Mapping[str, Any]] = {}
    for by_name in (True, False):
        for place, item in enumerate(decided):
            wanted = (item[name], *item.get("aliases", ())) if by_name else (None,)
            match = next((g for g in got if g.get(name) in wanted), None)
            if place not in found and match is not None:
                found[place] = match
                got.remove(match)
    return [(item, found.get(place, {})) for place, item in enumerate(decided)], got


def _field(field: str, subject: str, expected: Any, got: Any) -> Score:
    unknown = got is None or (isinstance(got, list) and None in got and _fits(expected, got))
    verdict = UNKNOWN if unknown else RIGHT if _same(field, expected, got) else WRONG
    return Score(field, subject, verdict, expected, got)


def _fits(expected: Any, got: list[Any]) -> bool:
    """Whether a list in which something is unknown may be the expected one."""
    if not isinstance(expected, list) or len(expected) != len(got):
        return False
    return all(g is None or g == e for e, g in zip(expected, got, strict=True))


def _same(field: str, expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return math.isclose(expected, got, rel_tol=1e-6)
    if field.rpartition(".")[2] in _SETS:
        return set(expected) == set(got)
    return bool(expected == got)


def _kinds(model: Mapping[str, Any]) -> list[str | None] | None:
    layers = model.get("layers")
    return [layer.get("kind") for layer in layers] if layers is not None else None


def _place(origin: Sequence[Mapping[str, Any]] | None) -> str | None:
    """`path:line` (`path:cell N:line` in a notebook) of the first place of a chain."""
    if not origin:
        return None
    first = origin[0]
    cell = f"cell {first['cell']}:" if first.get("cell") is not None else ""
    return f"{first['path']}:{cell}{first['line']}"


@dataclass(slots=True)
class Tally:
    """Counts of verdicts. wrong counts extra items too; decided does not."""

    right: int = 0
    unknown: int = 0
    wrong: int = 0
    extra: int = 0

    def add(self, score: Score) -> None:
        """Count one verdict."""
        setattr(self, score.verdict, getattr(self, score.verdict) + 1)
        self.extra += score.extra

    def include(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.right += other.right
        self.unknown += other.unknown
        self.wrong += other.wrong
        self.extra += other.extra

    def counts(self) -> list[int]:
        """right, unknown, wrong, extra"""
        return [self.right, self.unknown, self.wrong, self.extra]

    @property
    def decided(self) -> int:
        """How many facts the person had decided."""
        return self.right + self.unknown + self.wrong - self.extra

    @property
    def recall(self) -> float:
        """right / decided; 0 where nothing was decided."""
        return self.right / self.decided if self.decided else 0.0

    @property
    def wrong_share(self) -> float:
        """wrong / decided; 0 where nothing was decided."""
        return self.wrong / self.decided if self.decided else 0.0


def tallies(scores: Sequence[Score]) -> dict[str, Tally]:
    """By field, in the order in which fields are first met, and `all`."""
    counted: dict[str, Tally] = {}
    for each in scores:
        counted.setdefault(each.field, Tally()).add(each)
    order = [*SCALARS, *(f"{key}{end}" for key in LISTS for end in _ends(key))]
    result = {field: counted[field] for field in order if field in counted}
    total = Tally()
    for each in scores:
        total.add(each)
    return {**result, "all": total}


def _ends(key: str) -> list[str]:
    return ["", *(f".{field}" for field in LISTS[key]), ".extra"]
