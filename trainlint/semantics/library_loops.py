"""Loops that a library runs for the program: `trainer.train()` draws batches and calls what the program gave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Loop, LoopPass
from trainlint.model import Location
from trainlint.semantics.widening import one_or_many, open_grown, widen

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def repeat(
    run: Interpreter,
    body: Callable[[int], None],
    *,
    over: str = "range",
    length: int | None = None,
    target: Any = None,
    location: Location | None = None,
) -> None:
    """Run `body(number)` as the passes of a loop that stands where the library is called (or at `location`).

    As for a loop of the program's own there are two passes, of which the second stands for all later ones (one where
    `length` is 1, none where it is 0). over, target: as in facts.events.Loop; give the Loader that is drawn from.
    """
    outer = run.passes
    loop = Loop(location or run.here, over, length, outer[-1].loop if outer else None, target)
    start = run.store.mark()
    try:
        for number in range(2 if length is None else min(max(length, 0), 2)):
            before = run.store.mark()
            run.passes = (*outer, LoopPass(loop, number, len(run.nodes)))
            body(number)
            if number == 0:
                once = run.store.changes(start)
                widen(run, start)
                open_grown(run, start)
            else:
                one_or_many(run, once, run.store.changes(before))
    finally:
        run.passes = outer
    open_grown(run, start)
