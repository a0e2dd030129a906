"""Facts and places as JSON knows them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from trainlint.facts.fact import Fact
from trainlint.model import Location, Place


def value_of(fact: Fact[Any] | None) -> Any:
    """The value of a fact that JSON can hold; None where it is not known or not finite."""
    if fact is None or not fact.known:
        return None
    value = fact.value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) else None


def number_of(fact: Fact[Any] | None) -> float | int | None:
    """As `value_of`, numbers only."""
    value = value_of(fact)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def place_object(location: Location) -> dict[str, Any]:
    """`path` and `line`, and `cell` in a notebook."""
    place: dict[str, Any] = {"path": location.path, "line": location.line}
    if location.cell is not None:
        place["cell"] = location.cell
    return place


def origin_objects(origin: Iterable[Place]) -> list[dict[str, Any]]:
    """A chain of origins, the literal first; stations in one line are one."""
    places: list[dict[str, Any]] = []
    for station in origin:
        place = place_object(station.location)
        if not places or places[-1] != place:
            places.append(place)
    return places
