"""A program: everything that was understood of one entry point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trainlint.facts.checkpoints import Checkpoint, LostUpdate, Saved
from trainlint.facts.documents import Fault, LoadedConfig, MissingKey, Overwritten
from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.graph import Graph, Module, ModuleCall
from trainlint.facts.options import OptionSet
from trainlint.facts.training import Clipping, IdleSwitch, Loader, Loss, Metric, Optimizer, Schedule
from trainlint.model import Location, Place


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that stayed unknown, and why."""

    what: str
    why: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Something in trainlint itself failed here: `what` was being worked on, `error` in words, with traceback."""

    what: str
    location: Location | None
    error: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A config scalar that its loader made text of, used where a number is needed.

    location: the scalar in the config; use: the place where code needs a number.
    """

    location: Location
    key: str
    text: str
    quoted: bool
    use: Place
    loader: str


RECORDS = ("modules", "calls", "optimizers", "schedules", "losses", "clippings", "loaders", "events")
"""What an evaluation adds to as it goes."""


@dataclass(eq=False)
class Program:
    """One entry file, evaluated. Lists are in order of execution (or construction).

    runs: what was evaluated: "__main__" for the script from its top, or names of functions and classes run alone.
    complete: False where the budget ended the evaluation early.
    """

    entry: str
    framework: str = "other"
    graph: Graph = field(default_factory=lambda: Graph([]))
    modules: list[Module] = field(default_factory=list)  # every module instance, library layers included
    calls: list[ModuleCall] = field(default_factory=list)
    optimizers: list[Optimizer] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    clippings: list[Clipping] = field(default_factory=list)
    loaders: list[Loader] = field(default_factory=list)
    idle_switches: list[IdleSwitch] = field(default_factory=list)
    saved: list[Saved] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    lost_updates: list[LostUpdate] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    option_sets: list[OptionSet] = field(default_factory=list)
    loaded_configs: list[LoadedConfig] = field(default_factory=list)
    missing_keys: list[MissingKey] = field(default_factory=list)
    overwritten: list[Overwritten] = field(default_factory=list)
    text_numbers: list[TextNumber] = field(default_factory=list)
    config_faults: list[Fault] = field(default_factory=list)  # what a loader that code calls stops at
    gaps: list[Gap] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    files: set[str] = field(default_factory=set)  # every file that the evaluation read
    released: set[str] = field(
        default_factory=set
    )  # files with a network that loads weights published for it
    complete: bool = True
    seconds: float = 0.0
    steps: int = 0
    leaving: set[tuple[int, int]] = field(
        default_factory=set
    )  # branches (serial, arm) that always leave their loop
    cache: dict[str, Any] = field(default_factory=dict)  # answers to questions that several checks ask
    starts: list[dict[str, int]] = field(default_factory=list)  # of each of `runs`: how long RECORDS were
    own: dict[str, int] = field(default_factory=dict)  # how much of each of RECORDS the script's own run made
    own_complete: bool = True
    rehearsed: set[int] = field(
        default_factory=set
    )  # identities of networks that were only called to see their layers
    forgotten: bool | None = None  # whether it was empty, once its facts were dropped

    @property
    def roots(self) -> list[Module]:
        """Modules that no other module holds: the networks (and lone layers) of the program."""
        return [m for m in self.modules if m.parent is None]

    @property
    def networks(self) -> list[Module]:
        """The roots, and the parts of a root that code calls by themselves (`self.net(x)` in a training step)."""
        apart = {id(c.module) for c in self.calls if c.parent is None}
        within = {id(c.module) for c in self.calls if c.parent is not None}
        found: list[Module] = []
        for root in self.roots:
            parts = (m for m in root.walk() if id(m) in apart - within and m.children and m is not root)
            found += [root, *parts]
        return found

    @property
    def empty(self) -> bool:
        """Whether nothing of a training run was seen in it."""
        if self.forgotten is not None:
            return self.forgotten
        return not (self.modules or self.optimizers or self.losses or self.loaders or self.events)

    def mark_start(self, name: str) -> None:
        """Another run begins: the script, or something run alone."""
        self.runs.append(name)
        self.starts.append(self._lengths())

    def _lengths(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in RECORDS}

    def mark_own_run(self) -> None:
        """What was recorded so far comes from the script's own run: nothing of it was run alone."""
        self.own = self._lengths()
        self.own_complete = self.complete

    @property
    def trains_itself(self) -> bool:
        """Whether the script's own run trains or makes an optimizer."""
        kinds = (EventKind.STEP, EventKind.BACKWARD)
        own = self.events[: self.own.get("events", 0)]
        return bool(self.own.get("optimizers")) or any(event.kind in kinds for event in own)

    def forget(self) -> None:
        """Drop the facts, which hold on to much memory, once they have been read; counts and gaps stay."""
        self.forgotten = self.empty
        self.cache.clear()
        self.graph = Graph([])
        for facts in (self.modules, self.calls, self.optimizers, self.schedules, self.losses, self.clippings):
            facts.clear()
        self.loaders.clear()
        for records in (self.idle_switches, self.saved, self.checkpoints, self.lost_updates):
            records.clear()
        self.option_sets.clear()
        self.loaded_configs.clear()
        self.metrics.clear()
        self.events.clear()

    def events_of(self, *kinds: EventKind) -> list[Event]:
        """Events of these kinds in order."""
        return [e for e in self.events if e.kind in kinds]

    def loops(self) -> list[Loop]:
        """Every loop in which an event happened, each once, in order."""
        seen: dict[int, Loop] = {}
        for event in self.events:
            for p in event.loops:
                seen.setdefault(id(p.loop), p.loop)
        return list(seen.values())

    def calls_of(self, module: Module) -> list[ModuleCall]:
        """The forward passes of a module, in order."""
        by_module: dict[int, list[ModuleCall]] | None = self.cache.get("calls")
        if by_module is None:
            by_module = self.cache["calls"] = {}
            for call in self.calls:
                by_module.setdefault(id(call.module), []).append(call)
        return by_module.get(id(module), [])
