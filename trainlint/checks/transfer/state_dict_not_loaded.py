"""TL906: a checkpoint is read, and no network gets its weights."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.checkpoints import Checkpoint, WholeLoad
from trainlint.facts.evaluation import rehearsed
from trainlint.facts.events import EventKind
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL906", "state-dict-not-loaded", Level.ERROR, section="Transfer learning")


@check(RULE)
def state_dict_not_loaded(program: Program) -> Iterator[Finding]:
    """What was read is dropped, put into a copy of the weights that nobody gets, or matches nothing."""
    for checkpoint in program.checkpoints:
        if checkpoint.unused and _used_network(program, checkpoint):
            yield _unused(checkpoint)
        for load in checkpoint.loads:
            wrapper = _wrapper(program, checkpoint)
            if load.strict is False and wrapper is not None:
                yield _mismatch(checkpoint, load, *wrapper)
    for lost in program.lost_updates:
        name = lost.module.qualname.rsplit(".", 1)[-1]
        message = (
            f"This changes the dictionary that state_dict() returned, and no network gets it: {name} keeps its weights. "
            f"Call load_state_dict({lost.name}) afterwards."
        )
        yield report(RULE, lost.location, message)


def _used_network(program: Program, checkpoint: Checkpoint) -> bool:
    """Whether a network runs in the same run of the program (a test that files can be read has none)."""
    forwards = program.events_of(EventKind.FORWARD)
    return any(e.root == checkpoint.root and not rehearsed(program, e) for e in forwards)


def _unused(checkpoint: Checkpoint) -> Finding:
    held = checkpoint.unused
    what = "dropped" if held == "dropped" else f"bound to {held}, which nothing reads"
    message = (
        f"What is read from this file is {what}: the network keeps the weights that it had. "
        "Pass it to load_state_dict()."
    )
    return report(RULE, checkpoint.location, message, checkpoint.path.origin)


def _wrapper(program: Program, checkpoint: Checkpoint) -> tuple[str, Place] | None:
    """Words for what else the file holds, where that is known, and the place that says so."""
    key = checkpoint.restored_optimizer
    if key is not None:
        return f"an optimizer's state under {key!r}", Place(checkpoint.location, "read")
    if not checkpoint.path.known:
        return None
    saved = [s for s in program.saved if s.path.known and s.path.value == checkpoint.path.value]
    if not saved or any(s.keys is None for s in saved) or any(not s.path.known for s in program.saved):
        return None
    keys = saved[-1].keys or ()
    return ", ".join(map(repr, keys)), Place(saved[-1].location, "saved")


def _mismatch(checkpoint: Checkpoint, load: WholeLoad, held: str, place: Place) -> Finding:
    name = load.module.qualname.rsplit(".", 1)[-1]
    message = (
        f"The file holds {held} beside the weights, so that no key matches {name}, and strict=False hides it: nothing is "
        "loaded. Pass the entry with the weights, and look at what load_state_dict() returns."
    )
    return report(RULE, load.location, message, [place])
