"""Why checks stayed silent: which facts that were not known each of them asked for.

While a program's checks run, the objects that they read answer as always and note what of it is not known. So what is
told is what a check really asked for, not what somebody believes that it needs. Checks that share an answer
(`Program.cache`) ask anew, which takes more time: only `--explain-silence` pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from trainlint.checks.api import Check
from trainlint.dispatch import checks_for, subjects
from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Node, Op, Parameter
from trainlint.facts.program import Program
from trainlint.facts.training import (
    Clipping,
    Loader,
    Loss,
    Optimizer,
    ParameterSet,
    ParamGroup,
    Schedule,
)
from trainlint.model import Location, Silence

KINDS: dict[type[Any], str] = {
    Optimizer: "optimizer",
    Loss: "loss",
    Loader: "loader",
    Schedule: "schedule",
    Clipping: "clipping",
    Module: "network",
    Loop: "loop that trains",
}
"""What checks run on, in words."""
UNKNOWN_WHERE_NONE = frozenset({"takes", "prediction", "target"})
"""Attributes in which None says that something is not known."""


Note = Callable[[str, str, Location | None], None]


class Explained:
    """The checks of one program, run so that their silence is explained."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.asked: dict[tuple[str, str, Location | None], dict[str, None]] = {}
        self.heard: dict[tuple[str, str, Location | None], None] = {}
        self.found: dict[str, None] = {}
        self.kinds = [(type(subject), subject) for subject in subjects(program)]
        for owner in _objects(program):
            _watch(owner, self._note)

    def _note(self, what: str, why: str, location: Location | None) -> None:
        self.heard[what, why, location] = None

    def run(self, run_check: Callable[[Check, Any], bool]) -> None:
        """Run every check on everything that it is for. run_check: runs one, and says whether it found anything."""
        for kind, subject in self.kinds:
            for check in checks_for(kind):
                self.program.cache.clear()
                self.heard.clear()
                if run_check(check, subject):
                    self.found[check.rule.code] = None
                    continue
                for key in self.heard:
                    self.asked.setdefault(key, {})[check.rule.code] = None
        self.program.cache.clear()

    def silences(self, selected: Callable[[str], bool]) -> Iterator[Silence]:
        """What was not known and asked for, in the order of places; then what the program does not have."""
        known = sorted(self.asked.items(), key=lambda item: (item[0][2] is None, item[0][2], item[0][:2]))
        for (what, why, location), codes in known:
            chosen = tuple(sorted(code for code in codes if selected(code)))
            if chosen:
                yield Silence(what, why, location, chosen)
        present = {kind for kind, _ in self.kinds}
        for kind, word in KINDS.items():
            chosen = tuple(sorted({c.rule.code for c in checks_for(kind) if selected(c.rule.code)}))
            if chosen and kind not in present:
                yield Silence(f"no {word}", "none was seen in this program", None, chosen)
        for gap in dict.fromkeys(self.program.gaps):
            yield Silence(gap.what, gap.why, gap.location)


def _objects(program: Program) -> Iterator[Any]:
    yield program
    for group in (
        program.optimizers, program.losses, program.loaders, program.schedules, program.clippings, program.modules,
    ):  # fmt: skip
        yield from group
    for optimizer in program.optimizers:
        yield from optimizer.groups


def _watch(owner: Any, note: Note) -> None:
    """Let an object note what is asked of it and not known: it becomes one of a class of its own."""
    kind = type(owner)
    watched = type(kind.__name__, (kind,), {"__getattribute__": _asking(kind, note)})
    object.__setattr__(owner, "__class__", watched)
    options = owner.__dict__.get("options")
    if isinstance(options, dict):
        object.__setattr__(owner, "options", _Options(owner, options, note))


def _asking(kind: type[Any], note: Note) -> Callable[[Any, str], Any]:
    plain: Callable[[Any, str], Any] = object.__getattribute__

    def ask(self: Any, name: str) -> Any:
        value = plain(self, name)
        if name == "events_of":
            return _events(value, note)
        if not name.startswith("_"):
            why = _why(kind, name, value)
            if why:
                note(_worded(name, _named(kind, self)), why, _place(self))
        return value

    return ask


def _why(kind: type[Any], name: str, value: Any) -> str:
    """Why a value is not known; empty if it is."""
    if isinstance(value, Fact):
        return "" if value.known else value.why or "it is not known"
    if isinstance(value, ParameterSet):
        return "" if value.complete else "it may hold more than was seen"
    if isinstance(value, Node):
        return (
            f"it comes from {value.name or 'something'} that is not known" if value.op is Op.UNKNOWN else ""
        )
    if name == "complete" and value is False:
        return (
            "its evaluation ended early"
            if issubclass(kind, Program)
            else "it may hold layers that were not seen"
        )
    if name == "symbolic" and value is True:
        return "the code shows only its name"
    if name == "escaped" and value is True:
        return "it went into code that is not followed"
    if name in UNKNOWN_WHERE_NONE and value is None:
        return "it is not known"
    return ""


def _events(events_of: Callable[..., list[Event]], note: Note) -> Callable[..., list[Event]]:
    """`Program.events_of`, noting what went into unseen code when a check looks for that."""

    def asked(*kinds: EventKind) -> list[Event]:
        found = events_of(*kinds)
        if EventKind.ESCAPE in kinds:
            for event in found:
                if event.kind is EventKind.ESCAPE:
                    to = event.options.get("to") or "a call"
                    note(_target(event.target), f"goes into {to}, which is not followed", event.location)
        return found

    return asked


class _Options(dict[str, Fact[Any]]):
    def __init__(self, owner: Any, options: dict[str, Fact[Any]], note: Note) -> None:
        super().__init__(options)
        self._owner = _named(type(owner), owner)
        self._place = _place(owner)
        self._note = note

    def _asked(self, key: str, fact: Any) -> Any:
        if isinstance(fact, Fact) and not fact.known:
            self._note(_worded(key, self._owner), fact.why or "it is not known", self._place)
        return fact

    def __getitem__(self, key: str) -> Fact[Any]:
        found: Fact[Any] = self._asked(key, super().__getitem__(key))
        return found

    def get(self, key: str, default: Any = None) -> Any:
        return self._asked(key, super().get(key, default))


def _target(target: Any) -> str:
    if isinstance(target, Node):
        return f"a value ({target.name})" if target.name else "a value"
    if isinstance(target, Parameter):
        return f"parameter {target.name}"
    return _named(type(target), target)


def _worded(name: str, owner: str) -> str:
    return owner if name in ("complete", "symbolic", "escaped") else f"{name} of {owner}"


def _named(kind: type[Any], owner: Any) -> str:
    if issubclass(kind, Program):
        return "the program"
    if issubclass(kind, ParamGroup):
        return "a parameter group"
    if issubclass(kind, Module):
        return str(owner.__dict__["qualname"])
    if issubclass(kind, (Loader, Clipping)):
        return f"the {KINDS[Loader] if issubclass(kind, Loader) else KINDS[Clipping]}"
    return str(owner.__dict__.get("name") or kind.__name__.lower())


def _place(owner: Any) -> Location | None:
    found = owner.__dict__.get("location")
    return found if isinstance(found, Location) else None
