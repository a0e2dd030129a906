"""What was understood of a program, as one document: the facts that people and other tools ask for.

A value that is not known is None, never a guess.
"""

from __future__ import annotations

from typing import Any

from trainlint.facts.own_run import own_run
from trainlint.facts.program import Program
from trainlint.report.facts.applied import clipping_objects, loss_objects
from trainlint.report.facts.batches import batch_size
from trainlint.report.facts.habits import habits
from trainlint.report.facts.models import model_objects
from trainlint.report.facts.optimizers import optimizer_objects
from trainlint.report.facts.schedules import schedule_objects

FRAMEWORKS = (
    "torch",
    "lightning",
    "lightning-fabric",
    "transformers",
    "keras",
    "deepspeed",
    "torchtune",
    "other",
)


def facts_document(program: Program) -> dict[str, Any]:
    """The facts of one program, with the keys and words that the documentation lists.

    Where the script's own run trains, functions that were run alone with guessed arguments add nothing, nor commands that train
    nothing.
    """
    program = own_run(program)
    return {
        "entry": program.entry,
        "framework": _framework(program),
        "models": model_objects(program),
        "losses": loss_objects(program),
        "optimizers": optimizer_objects(program),
        "schedules": schedule_objects(program),
        "clipping": clipping_objects(program),
        "batch_size": batch_size(program),
        **habits(program),
        "unknown": unknown_objects(program),
    }


def _framework(program: Program) -> str | None:
    """The framework by its word; None where nothing that belongs to one was seen."""
    if program.framework in FRAMEWORKS and program.framework != "other":
        return program.framework
    return "other" if program.modules or program.optimizers or program.losses else None


def unknown_objects(program: Program) -> list[dict[str, Any]]:
    """What stayed unknown and why, each once, in the order in which it was met."""
    found = {(gap.what, gap.why): None for gap in program.gaps}
    if not program.complete:
        found[("the rest of the program", "its evaluation ended early")] = None
    return [{"what": what, "why": why} for what, why in found]
