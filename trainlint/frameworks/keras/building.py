"""When a layer was made: one that another's build() makes, at that one's first call, belongs to where that was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Making, Module
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_BUILT_FOR = "keras.built_for"


def making(run: Interpreter) -> Making:
    """The making of a module that is made now. Loops around the call that builds a layer (batches of the training loop)
    do not repeat what its build() makes; those around its own construction do."""
    calls = tuple(id(frame.at) for frame, _ in run.frames if frame is not None)
    outer: list[tuple[Making, int]] = run.memo.get(_BUILT_FOR, [])
    passes = run.passes
    if outer:
        owner, depth = outer[-1]
        passes = (*owner.passes, *run.passes[depth:])
    return Making(passes, run.branches, calls, len(run.program.events))


def build_for(run: Interpreter, module: Module, build: Callable[[], Value]) -> None:
    """Run a layer's own build()."""
    outer: list[tuple[Making, int]] = run.memo.setdefault(_BUILT_FOR, [])
    outer.append((module.state.get("made", Making()), len(run.passes)))
    try:
        build()
    finally:
        outer.pop()
