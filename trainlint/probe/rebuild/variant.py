"""The variant as found: network, task and update of a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainlint.facts.graph import Node, Op
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.rebuild.network import MOST_MACS, Made, rebuild_network
from trainlint.probe.rebuild.subject import Subject, subject_of, unknown_inputs
from trainlint.probe.rebuild.task import task_of
from trainlint.probe.rebuild.update import update_of
from trainlint.probe.spec import Variant

USUAL_CLASSES = 10
"""Classes where neither code nor data tells their number: MNIST's and CIFAR's."""


@dataclass(frozen=True)
class Rebuilt:
    """A finding's network as found.

    variant: at the sizes of the program, filled in and scaled where that was needed. other: the same at a second size, where
    the shape of the input was guessed; None where it is known. subject: the facts behind it.
    """

    variant: Variant
    other: Variant | None
    subject: Subject

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything that was assumed, for a request."""
        found = self.variant
        return (*found.network.notes, *found.task.notes, *found.update.notes)


def rebuild(
    case: Case,
    *,
    macs: float = MOST_MACS,
    narrowest: int = 32,
    initialisation: bool = False,
    stand_in: bool = False,
) -> Rebuilt:
    """The network that a finding is about, its task and its update.

    macs: multiplications of one sample's forward pass that the experiment can afford; narrowest: hidden widths are never
    scaled below it, 0: never at all (for what depends on fan-in).
    initialisation: the experiment is about how weights start: where that is not known it makes no sense.
    stand_in: the experiment is about the loss and what directly precedes it: where the network before that was not seen, a
    usual one may stand in.

    Raises:
        Unbuildable: why not, in words.
    """
    subject = subject_of(case, stand_in)
    if initialisation and _changed_unseen(subject.nodes):
        raise Unbuildable("code that is not followed may have initialised the weights")
    classes = USUAL_CLASSES if subject.loss is not None and subject.loss.task == "multiclass" else 1
    made = rebuild_network(
        subject.nodes,
        subject.prediction,
        case.finding.location,
        macs,
        narrowest,
        classes,
        subject.stand_in,
        unknown_inputs(case.program),
    )
    variant = _variant(case, subject, made)
    other = _variant(case, subject, made.other) if made.other is not None else None
    return Rebuilt(variant, other, subject)


def _variant(case: Case, subject: Subject, made: Made) -> Variant:
    task = task_of(case.program, subject.loss, made.output, subject.prediction, made.merged, made.network)
    return Variant(made.network, task, update_of(case.program, subject.optimizer))


def _changed_unseen(nodes: Sequence[Node]) -> bool:
    modules = [n.module for n in nodes if n.module is not None and n.op is Op.AFFINE]
    return any(p.escaped or any(i.maybe for i in p.inits) for m in modules for p in m.parameters.values())
