"""A single fact: a value, where it came from, or why it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from trainlint.model import Location, Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value with the chain of places it came through (the literal first), or None and the reason.

    `known` tells a known None (the momentum of an optimizer that has no such parameter) from an unknown value.
    """

    value: T | None = None
    origin: tuple[Place, ...] = ()
    why: str = ""
    known: bool = False

    @property
    def literal(self) -> Location | None:
        """Where the number itself stands, if that is known."""
        return self.origin[0].location if self.origin else None


@dataclass(frozen=True, slots=True)
class Slice:
    """The key of `data[lower:upper:step]`: bounds as written, None where left out, an `Unseen` where not known."""

    lower: object = None
    upper: object = None
    step: object = None

    def __str__(self) -> str:
        bounds = [self.lower, self.upper] if self.step is None else [self.lower, self.upper, self.step]
        return ":".join("" if bound is None else str(bound) for bound in bounds)


class Unseen:
    """A bound that could not be worked out: equal to itself alone."""

    def __str__(self) -> str:
        return "..."


def known(value: T, origin: tuple[Place, ...] = ()) -> Fact[T]:
    """A fact whose value is known."""
    return Fact(value, origin, "", True)


def unknown(why: str) -> Fact[T]:
    """A fact that could not be worked out, and why."""
    return Fact(None, (), why, False)
