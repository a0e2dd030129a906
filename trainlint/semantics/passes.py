"""The passes of a loop: all of a short known sequence; of others two, so that the second shows what one leaves for the next."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind, Loop, LoopPass
from trainlint.semantics.budget import (
    MAX_STEPS_LOOP,
    MAX_STEPS_PASSES,
    MAX_STEPS_WHILE,
    MAX_UNROLL,
    STEPS_FOR_LAYER,
)
from trainlint.semantics.flow import NOTHING, Flow
from trainlint.semantics.store import Changes
from trainlint.semantics.widening import join_exits, one_or_many, open_begun, open_grown, widen

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

TRAINING = frozenset({
    EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD, EventKind.FORWARD, EventKind.LOSS,
    EventKind.SCHEDULE_STEP, EventKind.MANUAL_STEP,
})  # fmt: skip
"""Events that make a loop a training (or evaluation) loop, which is not unrolled."""

SHARE_OF_TRAININGS = 0.5
"""Share of a program's steps up to which a loop goes on that makes a training of its own of each of some known things."""
FILLED = "loops that had one more pass as a list began to be filled"
"""Key of `run.memo`."""
LEAVES = Flow.RETURNS | Flow.RAISES


@dataclass
class Body:
    """What is repeated.

    bind: prepares a pass, by its number and whether it stands for all later ones; False ends the loop, None is a pass
    that may be left out. whole: all passes are known, and run if nothing is trained in them. phases: also then.
    named: it goes through known things of some kind, so that it may make a training of its own of each (networks by their
    names). open: `bind` sets it where it is not known any more how many passes follow.
    """

    node: ast.For | ast.AsyncFor | ast.While
    loop: Loop
    bind: Callable[[int, bool], bool | None]
    whole: bool
    phases: bool = False
    named: bool = False
    open: bool = False


def trains(run: Interpreter, events: int) -> bool:
    """Whether anything was trained or evaluated since this number of events."""
    return any(e.kind in TRAINING for e in run.program.events[events:])


class Passes:
    """One execution of a loop."""

    def __init__(self, run: Interpreter, body: Body) -> None:
        self.run = run
        self.body = body
        self.whole = body.whole
        self.flow: int = Flow.NONE
        self.ended = False
        """Whether a pass left the loop for certain."""
        self.start = self.second = run.store.mark()
        self.once: Changes = {}
        self.exits: list[Changes] = []
        self.last = False
        """Whether the pass to come stands for all later ones, though more of the sequence is known."""
        self._idle = True
        """Whether no gradients were made before the present pass, so that it may hold the first update of all."""
        self._events, self._began = len(run.program.events), run.steps
        self._steps, self._shown = run.steps, run.shown() + run.prepared
        self._calls, self._optimizers = len(run.program.calls), len(run.program.optimizers)

    def execute(self) -> int:
        """Run the passes; says how control may leave the loop."""
        run, outer, yields = self.run, self.run.passes, len(self.run.frame.yields)
        length = self.body.loop.length
        limit = max(length + 1, MAX_UNROLL) if self.whole and length is not None else MAX_UNROLL
        number = 0
        while number < limit:
            run.passes = (*outer, LoopPass(self.body.loop, number, len(run.nodes)))
            step = self._pass(number)
            if step is None:
                break
            self.flow |= step
            if not step & (Flow.FALLS | Flow.CONTINUES):
                self.ended = self.whole or number == 0
                break
            number += 1
            if not self._goes_on(number, step):
                break
        run.passes = outer
        join_exits(run, self.exits, self.start)
        if not self.whole or number >= limit:
            open_grown(run, self.start)
            run.frame.yields_open = run.frame.yields_open or len(run.frame.yields) > yields
        return self._end()

    def _pass(self, number: int) -> int | None:
        """Run one pass; None if the loop ends before it."""
        from trainlint.semantics.arms import Arm, run_arms
        from trainlint.semantics.statements import execute_block

        run, node = self.run, self.body.node
        before = run.store.mark()
        there = self.body.bind(number, self.last)
        if there is False:
            run.store.take(before)
            return None
        if self.whole and self.body.open:  # from here on, this pass stands for all later ones
            self.whole, self.last = False, True
            self._begin_last()
        if there is None:
            return run_arms(run, node, [Arm(node.body), Arm([])], NOTHING, "if").flow
        return execute_block(run, node.body)

    def _goes_on(self, number: int, step: int) -> bool:
        """Whether another pass is to be run after this many; prepares for it."""
        run = self.run
        if number == 1 and self.body.named and self._is_a_training():
            self.body.phases = True
        two = not self.body.phases and trains(run, self._events)
        updates = two and any(e.kind is EventKind.BACKWARD for e in run.program.events[self._events :])
        first, self._idle = self._idle and updates, not updates
        if number >= 2 and (self.last or two or not self.whole):
            late = number == 2 and two and not updates and self._begins_late()
            if first or late:
                self._begin_last()  # what the first update, or the first of what is stored, leaves for the next
                return True
            one_or_many(run, self.once, run.store.changes(self.second))
            return False
        if self.whole and not two and (self._takes_too_long() or self._is_enough()):
            self.whole, self.last = False, True
        if step & Flow.BREAKS:
            self.exits.append(run.store.changes(self.start))
        if two or not self.whole:
            self._begin_last()
        return True

    def _begins_late(self) -> bool:
        """Whether the second pass was the first to fill a list: an agent that stores a transition once it has seen the state
        before it, and updates when the list is long enough. Asked once for a loop: those within it are met again and again."""
        seen = self.run.memo.setdefault(FILLED, set())
        costs = self.run.steps - self._began > MAX_STEPS_WHILE
        if costs or self.body.node in seen or not open_begun(self.run, self.second):
            return False
        seen.add(self.body.node)
        return True

    def _begin_last(self) -> None:
        """What earlier passes left is not known exactly in the pass to come, which stands for all later ones."""
        run = self.run
        self.once = run.store.changes(self.start)
        widen(run, self.start)
        open_grown(run, self.start)
        self.second, self._began = run.store.mark(), run.steps

    def _is_a_training(self) -> bool:
        """Whether the first pass made an optimizer and took gradients: the others train something else from its beginning."""
        made = len(self.run.program.optimizers) > self._optimizers
        return made and any(e.kind is EventKind.BACKWARD for e in self.run.program.events[self._events :])

    def _is_enough(self) -> bool:
        """Whether trainings of their own have taken so many steps that the next pass stands for all later ones."""
        run = self.run
        return self.body.named and self.body.phases and run.steps > SHARE_OF_TRAININGS * run.limit

    def _takes_too_long(self) -> bool:
        run = self.run
        most = MAX_STEPS_WHILE if isinstance(self.body.node, ast.While) else MAX_STEPS_LOOP
        if (
            run.module_call is not None
        ):  # stages of a network, whose layers are each seen in one of the passes
            most += min(STEPS_FOR_LAYER * (len(run.program.calls) - self._calls), MAX_STEPS_PASSES)
        return run.steps - self._steps > most and run.shown() + run.prepared == self._shown

    def _end(self) -> int:
        """How control may leave the loop, after the last pass."""
        from trainlint.semantics.arms import Arm, run_arms
        from trainlint.semantics.statements import execute_block

        run, node, leaves = self.run, self.body.node, self.flow & LEAVES
        if self.ended:  # by a break, return or raise for certain
            return leaves | Flow.FALLS if self.flow & Flow.BREAKS else leaves
        if not node.orelse:
            return leaves | Flow.FALLS
        if self.flow & Flow.BREAKS:
            return leaves | run_arms(run, node, [Arm([]), Arm(node.orelse)], NOTHING, "if").flow
        return leaves | execute_block(run, node.orelse)
