"""Files of weights: where they are written and read, and what becomes of what was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module
from trainlint.model import Location


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that is written. keys: those of a dictionary around the weights; None for anything else."""

    location: Location
    path: Fact[str]
    keys: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class WholeLoad:
    """`network.load_state_dict(all that was read)`. strict: as given."""

    location: Location
    module: Module
    strict: bool | None


@dataclass(eq=False)
class Checkpoint:
    """A file that is read.

    state: unused (dropped, or the name that it was bound to and that nothing reads), loads (tuple of WholeLoad),
    optimizer (the key under which an optimizer's state was found in it). keys: of what code takes out of it, as it comes.
    """

    location: Location
    path: Fact[str]
    root: int
    state: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def is_one_of(self, saved: Iterable[Saved]) -> bool:
        """Whether it has the form of one of the files that are written, by more than the weights alone."""
        keys = set(self.keys)
        return len(keys) > 1 and any(keys <= set(each.keys or ()) for each in saved)

    @property
    def unused(self) -> str | None:
        """`dropped`, or the name that nothing reads; None where it is used."""
        found: str | None = self.state.get("unused")
        return found

    @property
    def restored_optimizer(self) -> str | None:
        """The key under which an optimizer's state was found."""
        found: str | None = self.state.get("optimizer")
        return found

    @property
    def loads(self) -> tuple[WholeLoad, ...]:
        """The networks that were given all of it."""
        found: tuple[WholeLoad, ...] = self.state.get("loads", ())
        return found


@dataclass(frozen=True, slots=True)
class LostUpdate:
    """A network's state_dict() that is changed and then given to nobody: the network keeps its weights."""

    location: Location
    module: Module
    name: str
