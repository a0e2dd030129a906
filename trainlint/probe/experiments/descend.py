"""descend: can gradient descent reduce the loss, or does something in it cut or silence the gradient? (TL212, TL219)

Statistic: the loss without the operation that is flagged, as a share of the chance loss, on the samples trained on, after up to
800 steps.

Flagged: the network as found, its prediction passing the operation that has no gradient (argmax, round, sign, a comparison,
detach) before the loss.

Counterfactual: the same without that operation. Same start, same samples in the same order.

Decision: confirmed if all seeds agree and the mended variant is better by at least 0.05 of the chance loss; not reproduced if
the difference stays below half of that and the mended variant has learned.

Threshold: as for the other experiments on fixed sets; a cut gradient leaves the whole of the chance loss.

Cost: three seeds of two variants, one of which stands still: 1 to 3 s of a core.

A loss that is a function or class of the user's own cannot be rebuilt from facts: `trainlint probe --loss FILE.py:NAME` executes
it, in isolation, with a small MLP on 16 samples and plain gradient descent at the best rate of a sweep from 10 to 1e-4. There it
descends if the loss falls and the predictions come at least half the way to perfect, on two samples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.losses import compared_with, predicted
from trainlint.model import Evidence
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.rebuild import rebuild
from trainlint.probe.rebuild.subject import subject_of
from trainlint.probe.spec import Variant
from trainlint.probe.weighing import evidence, in_words, weighed

CUTS = ("argmax", "round", "floor", "ceil", "trunc", "sign", "compare", "detach")
"""Operations without a gradient, or with none but zero."""
WITH = " before the loss, as found"
"""A variant says in words what cuts it, so that it goes with the variant where the two are exchanged."""


def plan(case: Case) -> Request:
    """The network with and without what cuts its gradient.

    Raises:
        Unbuildable: nothing that cuts was seen between network and loss, or the network cannot be rebuilt.
    """
    subject = subject_of(case)
    nodes = [subject.prediction]
    if subject.loss is not None:
        nodes += [n for n in (predicted(subject.loss), compared_with(subject.loss)) if n is not None]
    cut = _cut(nodes)
    if cut is None:
        raise Unbuildable(
            "a loss of the project's own is not rebuilt; `trainlint probe --loss FILE.py:NAME` executes it"
        )
    rebuilt = rebuild(case)
    return replace(requested(case.finding.code, rebuilt.variant, cut), notes=rebuilt.notes)


def _cut(ends: Iterable[Node]) -> str | None:
    """The operation that cuts, among those behind what the loss receives."""
    for end in ends:
        for node in (end, *Graph.ancestors_of(end)):
            if node.op is Op.COMPARE:
                return "compare"
            if node.op is Op.DETACH:
                return "detach"
            if node.op in (Op.MATH, Op.REDUCE) and node.name in CUTS:
                return node.name
    return None


def requested(code: str, found: Variant, cut: str) -> Request:
    """The request: `cut` stands between the network and the loss of the flagged variant only."""
    mended = replace(found, what=f"no {cut} before the loss")
    flagged = replace(found, what=f"{cut}{WITH}")
    return Request("descend", flagged, mended, code, "the loss")


def cut_of(variant: Variant) -> str:
    """What cuts the gradient of a variant; "" for nothing."""
    return variant.what.removesuffix(WITH) if variant.what.endswith(WITH) else ""


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained on a fixed set."""
    from trainlint.probe.worker.answers import measured
    from trainlint.probe.worker.cutting import start_cut
    from trainlint.probe.worker.trials import tried_with

    flagged, mended = (start_cut(cut_of(variant)) for variant in (request.flagged, request.mended))
    return tried_with(request, "loss", (flagged, mended), (measured, measured))


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the losses."""
    decision = weighed(measurement, "loss")
    detail = in_words(measurement, decision, "loss", request.mended.what)
    return evidence(request, measurement, decision, "loss", "loss after training", detail)


EXPERIMENT = Experiment("descend", plan, measure, judge)
