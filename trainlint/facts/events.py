"""What happens in a training loop, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trainlint.facts.fact import Fact
from trainlint.model import Location


class EventKind(StrEnum):
    """Kinds of events; `Event.target` is the fact that the event happens to."""

    # target Optimizer or Module or Parameter, or None (by: unknown); by: apply, where the update itself uses the gradients
    # up (those of a tape)
    ZERO_GRAD = "zero_grad"
    FORWARD = "forward"  # target Module (root call)
    LOSS = "loss"  # target Loss
    # target Node or None; options: by (scaler, accelerator, fabric, autograd.grad, tape), inputs (ParameterSet: gradients
    # are computed for these only), unused (True: they are a value, and no code reads it)
    BACKWARD = "backward"
    CLIP = "clip"  # target Clipping
    UNSCALE = "unscale"  # target Optimizer
    # target Optimizer or None (by: unknown, scaler); options: by (scaler, unknown), closure, every (Fact[int]: a library
    # lets only every n-th of these calls be an update, and divides the losses by n)
    STEP = "step"
    MANUAL_STEP = "manual_step"  # parameters changed by hand; target Module or Parameter or None
    SCHEDULE_STEP = "schedule_step"  # target Schedule
    SCALER_UPDATE = "scaler_update"  # target Scaler
    AUTOCAST = "autocast"  # mixed precision is made ready; options: enabled (True, False or None)
    TRAIN_MODE = "train_mode"  # target Module
    EVAL_MODE = "eval_mode"  # target Module
    # `next()` of what iterates over a loader, or elements drawn at random (by: hand); target Loader, or None (by: order: all
    # elements were put in random order)
    DRAW = "draw"
    ACCUMULATE = "accumulate"  # a running total takes a tensor: target Node; options: name, attached, how, around (loops of one total)
    GRAD_CHANGE = "grad_change"  # .grad written or registered hook
    ITEM = "item"  # a tensor leaves the graph for Python; target Node
    SAVE = "save"
    LOAD = "load"
    ESCAPE = "escape"  # target Module, Optimizer, Parameter, Node, Schedule; options: to (name of the callee)


@dataclass(eq=False)
class Loop:
    """One execution of a loop statement (or comprehension). over: loader, dataset, range, sequence, while, unknown,
    modules (a network's modules or parameters).

    length: number of passes where known. parent: the enclosing loop. step: what a range goes forward by (`range(0, n, 32)`),
    if it is more than one.
    """

    location: Location
    over: str
    length: int | None = None
    parent: Loop | None = None
    target: Any = None  # the Loader that it draws from
    step: Fact[int] | None = None


@dataclass(frozen=True, slots=True)
class LoopPass:
    """A pass of a loop: 0 for the first, 1 for the second (which stands for all later ones)."""

    loop: Loop
    number: int
    began: int = field(default=0, compare=False)  # how many operations the graph held then


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition that is not known, and which of its alternatives was taken.

    Events of one condition with different arms exclude each other. kind: if, except, alternative, while, match.
    once: the condition is an equality (`epoch == last`), which may hold in a single pass of a loop.
    unsettled: it asks for a remainder by a number that is not known (`i % args.every == 0`), which may be 1.
    varies: it reads what a loop of its function binds or counts, so that each pass may take another arm.
    later: only a run that finds what an earlier one left behind (a checkpoint), or several devices, takes this arm.
    looped: it is asked in a loop.
    """

    location: Location
    arm: int
    kind: str = "if"
    serial: int = 0  # one dynamic evaluation of the condition
    once: bool = False
    unsettled: bool = False
    varies: bool = False
    later: bool = False
    looped: bool = False

    @property
    def unlikely(self) -> bool:
        """Whether it is an exception's handler, or an arm that a first run does not take."""
        return self.later or (self.kind == "except" and self.arm > 0)


@dataclass(eq=False)
class Event:
    """One event. loops and branches are ordered from the outermost."""

    kind: EventKind
    location: Location
    target: Any = None
    loops: tuple[LoopPass, ...] = ()
    branches: tuple[Branch, ...] = ()
    grad_enabled: bool | None = True
    function: str = ""  # the local function that runs, qualified
    root: int = 0  # number of the run (script, or function run alone) within the program
    options: dict[str, Any] = field(default_factory=dict)
    index: int = 0

    @property
    def loop(self) -> Loop | None:
        """The innermost loop."""
        return self.loops[-1].loop if self.loops else None

    @property
    def at_random(self) -> bool:
        """Whether the program's own code draws a random order, or random elements."""
        return self.kind is EventKind.DRAW and self.options.get("by") in ("order", "hand")

    def within(self, loop: Loop) -> bool:
        """Whether it ran in some pass of this loop, at any depth."""
        return any(p.loop is loop for p in self.loops)

    def pass_of(self, loop: Loop) -> int | None:
        """Which pass of the loop it ran in."""
        for p in self.loops:
            if p.loop is loop:
                return p.number
        return None


def exclusive(first: Event, second: Event) -> bool:
    """Whether the two stand in different arms of one condition, so that never both happen."""
    return different_arms(first.branches, second.branches)


def different_arms(first: Iterable[Branch], second: Iterable[Branch]) -> bool:
    """Whether two places in the control flow are in different arms of one condition."""
    arms = {b.serial: b.arm for b in first}
    return any(arms.get(b.serial, b.arm) != b.arm for b in second)
