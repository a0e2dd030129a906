"""Where an evaluation stands: the bodies that run within each other, steps taken, definitions reached."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from typing import NamedTuple

from trainlint.facts.graph import ModuleCall
from trainlint.facts.program import Program
from trainlint.model import Place
from trainlint.semantics.budget import (
    CHECK_INTERRUPTION,
    CHECK_TIME,
    MAX_SECONDS,
    MAX_STEPS,
    MAX_STEPS_LAYERS,
    MOST_STEPS_BETWEEN,
    STEPS_FOR_LAYER,
    BudgetExceeded,
    Interrupted,
    OutOfTime,
)
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.picking import Pick
from trainlint.semantics.recorder import Recorder
from trainlint.semantics.scope import Frame


class Entered(NamedTuple):
    """How far the evaluation was when a call began: steps, layers, and what it had shown of training."""

    steps: int
    layers: int
    shown: int


class Running(Recorder):
    """The frames and the budget of one evaluation."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.picked: list[Pick] = []
        self.reached: set[ast.AST] = set()
        self.reached_places: set[tuple[str, int]] = set()
        self.frames: list[tuple[Frame, int]] = []
        self.active: list[ast.AST | None] = []
        self.entered: dict[ast.AST, Entered] = {}  # of the functions that run, the outermost call of each
        self.steps_of: dict[ast.AST, int] = {}  # steps by function, with all that it calls
        self.left_out: frozenset[ast.AST] = frozenset()  # functions that are not followed in this evaluation
        self.frame_passes = 0
        self.steps = 0
        self.limit = self.hard_limit = MAX_STEPS
        self.lends = False
        self.imported = 0  # steps of modules that something run alone was the first to need
        self.loading = 0  # steps of all modules: no function's own, whichever comes to them first
        self.shown_before = 0
        self.progress_before = -1  # where the limit was last moved: what was shown, layers that were applied
        self.built_before = 0
        self.nodes_reached: list[ast.AST] = []
        self.reach_log: list[
            tuple[str, int]
        ] = []  # definitions in the order in which they were first reached
        self.impure = 0  # reads of what may differ from call to call
        self.rebound = False  # a function assigned a class attribute, or what others have taken
        self.rebound_names: set[tuple[int, str]] = set()  # global names (by namespace) that functions set
        self.deadline = time.process_time() + MAX_SECONDS
        self.interrupted: Callable[[], bool] | None = None
        self._serial = 0

    @property
    def depth(self) -> int:
        """Bodies that run within each other."""
        return len(self.frames)

    def trying(self) -> bool:
        """Whether a `try` with handlers stands around what runs, in whichever function."""
        return self.frame.tries > 0 or any(frame is not None and frame.tries for frame, _ in self.frames)

    def push(self, frame: Frame, node: ast.AST | None) -> None:
        """Enter a body."""
        self.frames.append((self.frame, self.frame_passes))
        self.active.append(node)
        self.frame = frame
        self.frame_passes = len(self.passes)

    def pop(self) -> None:
        """Leave it."""
        self.frame, self.frame_passes = self.frames.pop()
        self.active.pop()

    def reach(self, node: ast.AST, module: ModuleValue) -> None:
        """A definition of the program's own runs."""
        if node not in self.reached:
            self.reached.add(node)
            self.nodes_reached.append(node)
            place = module.source.display, getattr(node, "lineno", 0)
            if place not in self.reached_places:
                self.reached_places.add(place)
                self.reach_log.append(place)

    def allow(self, soft: int, hard: int) -> None:
        """Steps for what comes now: beyond `soft` it must have recorded something of a training run; each layer that it
        builds gives it some more."""
        self.limit, self.hard_limit = self.steps + soft, self.steps + hard
        self.built_before = len(self.program.modules)
        self.lends = soft < hard
        self.shown_before = self.shown()
        self.progress_before = -1

    def lend(self, steps: int) -> tuple[int, int]:
        """More steps for a module that is imported while something is run alone; to be settled when it is there."""
        if not self.lends:
            return self.steps, 0
        self.limit, self.hard_limit = self.limit + steps, self.hard_limit + steps
        return self.steps, steps

    def settle(self, lent: tuple[int, int]) -> None:
        """Take back what a module left of its steps; those that it took are nobody's."""
        started, steps = lent
        if steps:
            unused = steps - (self.steps - started)
            self.limit, self.hard_limit = self.limit - unused, self.hard_limit - unused
            self.imported += self.steps - started

    def showed_training(self) -> bool:
        """Whether anything was recorded since `allow` but plain computation."""
        return self.shown() != self.shown_before

    def shown(self) -> int:
        """How much of training the program holds so far: it only grows."""
        program = self.program
        return (
            self.telling + len(program.modules) + len(program.optimizers) + len(program.schedules)
            + len(program.losses) + len(program.clippings) + len(program.loaders) + len(program.text_numbers)
            + len(program.failures) + len(program.option_sets)
        )  # fmt: skip

    def count(self) -> None:
        """One step. Raises BudgetExceeded beyond the limit."""
        self.steps += 1
        if self.steps > self.limit or not self.steps & CHECK_INTERRUPTION:
            self.check_budget()

    def check_budget(self) -> None:
        """Raises BudgetExceeded beyond the limit."""
        if self.steps > self.limit:
            built = STEPS_FOR_LAYER * (len(self.program.modules) - self.built_before)
            hard = self.hard_limit + min(built, MAX_STEPS_LAYERS)
            progress = self.shown() + self.prepared + len(self.program.calls)
            if (
                self.steps > hard
                or not self.showed_training()
                or (self.lends and progress == self.progress_before)
            ):
                raise BudgetExceeded
            self.progress_before = progress
            self.limit = min(hard, self.steps + MOST_STEPS_BETWEEN) if self.lends else hard
        if not self.steps & CHECK_TIME and time.process_time() > self.deadline:
            raise OutOfTime
        if self.interrupted is not None and self.interrupted():
            raise Interrupted

    def charge(self, steps: int) -> None:
        """Steps that are known to be taken. Raises BudgetExceeded beyond the limit."""
        self.steps += steps - 1
        self.count()

    def rebind(self) -> None:
        """A function assigns to what others read as constant: results of calls do not stand for later ones."""
        self.impure += 1
        self.rebound = True

    def rebind_name(self, module: ModuleValue, name: str) -> None:
        """A function assigns a global name: readings of it are no constants, and what others have taken from it is not known."""
        if name not in module.state.get("assigned_in_functions", ()):
            self.rebind()
        self.impure += 1
        self.rebound_names.add((id(module.namespace), name))

    def taken(self, module: ModuleValue, name: str) -> None:
        """Another module takes a name: it holds from now on what earlier results may not have been worked out with."""
        if (id(module.namespace), name) in self.rebound_names:
            self.rebind()

    def place(self, node: ast.AST, label: str = "") -> Place:
        """A syntax node of the current module as a place."""
        return Place(self.frame.module.source.location(node), label)

    def next_serial(self) -> int:
        """A number for one evaluation of a condition."""
        self._serial += 1
        return self._serial

    def enter_module(self, call: ModuleCall) -> None:
        """A module's forward pass begins."""
        call.parent = self.module_call
        self.module_call = call

    def leave_module(self) -> None:
        """It ends."""
        if self.module_call is not None:
            self.module_call = self.module_call.parent

    def recorded(self) -> tuple[int, ...]:
        """How much the program holds so far: equal before and after something that recorded nothing."""
        program = self.program
        lists = (
            self.nodes, program.events, program.modules, program.optimizers, program.schedules, program.losses,
            program.clippings, program.loaders, program.metrics, program.text_numbers, program.failures,
            program.option_sets, program.loaded_configs,
        )  # fmt: skip
        return (self.plans, *(len(part) for part in lists))
