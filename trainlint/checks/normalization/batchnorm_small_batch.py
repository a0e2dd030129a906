"""TL804: batch norm with batches too small for their statistics."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, Op
from trainlint.facts.program import Program
from trainlint.facts.training import Loader
from trainlint.model import Applicability, Finding, Level, Option, Place, Rule

RULE = Rule(
    "TL804",
    "batchnorm-small-batch",
    Level.WARNING,
    section="Normalisation",
    fix=Applicability.UNSAFE,
    probe="variance-shift",
    options={
        "max-batch-size": Option(
            4,
            "batch size up to which it is reported",
            "Wu & He 2018: error grows from 8 on, fast from 4; measured: 2-4",
        )
    },
)


@check(RULE)
def batchnorm_small_batch(loader: Loader, program: Program, options: Options) -> Iterator[Finding]:
    """A network with batch norm is trained on this loader's batches."""
    size = loader.batch_size.value
    if not isinstance(size, int) or size > options["max-batch-size"]:
        return
    norm = _trained_batch_norm(loader, program)
    if norm is None:
        return
    samples = "one sample" if size == 1 else f"{size} samples"
    message = (
        f"Batch norm takes its mean and variance from batches of {samples}: they are noise, and differ from the running "
        "ones that evaluation uses. Use larger batches, or group norm."
    )
    yield report(
        RULE, loader.location, message, (*loader.batch_size.origin, Place(norm.location, "batch norm"))
    )


def _trained_batch_norm(loader: Loader, program: Program) -> Module | None:
    """A batch norm in training mode of a network that is trained in a loop over this loader."""
    loops = [loop for loop in program.loops() if loop.target is loader]
    for loop in loops:
        inside = [e for e in program.events if e.within(loop)]
        if not any(e.kind in (EventKind.BACKWARD, EventKind.STEP) for e in inside):
            continue
        calls = {id(e.options.get("call")) for e in inside if e.kind is EventKind.FORWARD}
        for call in program.calls:
            if id(call.outermost) in calls and call.training is not False and _is_batch_norm(call.module):
                return call.module
    return None


def _is_batch_norm(module: Module) -> bool:
    if module.op is Op.BACKBONE:
        inside = module.options.get("batchnorm")
        return inside is not None and inside.value is True
    if module.op is not Op.NORM or module.name != "batchnorm":
        return False
    return "Sync" not in module.qualname and not module.state.get("synchronized")
