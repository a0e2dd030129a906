"""What a network is asked to learn: the loss, and data that fits it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainlint.facts.graph import Graph, Node
from trainlint.facts.losses import compared_with
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX, MULTI_HOT, ONE_HOT, VALUES, Target
from trainlint.facts.targets import describe_in
from trainlint.facts.training import Loss
from trainlint.facts.units import raw_source
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.shapes import Shape
from trainlint.probe.spec import LossSpec, NetworkSpec, TaskSpec

LOSSES: Mapping[str, str] = {
    "CrossEntropyLoss": "cross_entropy", "mse": "mse", "mae": "mae", "cross_entropy": "cross_entropy", "CrossEntropyLossFlat": "cross_entropy",
    "LabelSmoothingCrossEntropy": "cross_entropy", "NLLLoss": "nll", "nll_loss": "nll",
    "BCELoss": "bce", "binary_cross_entropy": "bce", "BCEWithLogitsLoss": "bce_logits",
    "binary_cross_entropy_with_logits": "bce_logits", "BCEWithLogitsLossFlat": "bce_logits",
    "MultiLabelSoftMarginLoss": "bce_logits", "MSELoss": "mse", "mse_loss": "mse", "MSELossFlat": "mse", "L1Loss": "mae",
    "l1_loss": "mae", "L1LossFlat": "mae", "SmoothL1Loss": "smooth_l1", "smooth_l1_loss": "smooth_l1",
    "HuberLoss": "huber", "huber_loss": "huber", "KLDivLoss": "kl_div", "kl_div": "kl_div",
    "PoissonNLLLoss": "poisson_nll", "poisson_nll_loss": "poisson_nll", "MultiMarginLoss": "hinge",
    "multi_margin_loss": "hinge",
    "SparseCategoricalCrossentropy": "cross_entropy", "CategoricalCrossentropy": "cross_entropy",
    "BinaryCrossentropy": "bce_logits", "MeanSquaredError": "mse", "MeanAbsoluteError": "mae",
    "MeanAbsolutePercentageError": "mape", "MeanSquaredLogarithmicError": "msle", "Huber": "huber", "LogCosh": "log_cosh",
    "sparse_softmax_cross_entropy_with_logits": "cross_entropy", "softmax_cross_entropy_with_logits": "cross_entropy",
    "softmax_cross_entropy_with_logits_v2": "cross_entropy", "softmax_cross_entropy": "cross_entropy",
    "sparse_softmax_cross_entropy": "cross_entropy", "sigmoid_cross_entropy_with_logits": "bce_logits",
    "sigmoid_cross_entropy": "bce_logits", "absolute_difference": "mae",
    # those that Keras computes of probabilities
    "categorical_crossentropy": "cross_entropy", "sparse_categorical_crossentropy": "cross_entropy",
    "binary_crossentropy": "bce_logits", "mean_squared_error": "mse", "mean_absolute_error": "mae",
}  # fmt: skip
"""Last part of a loss' qualified name -> what it is called here."""
OF_PROBABILITIES = {"cross_entropy": "categorical_probabilities", "bce_logits": "bce"}
"""Losses that take logits by what they are called where they are given probabilities."""
REGRESSION = frozenset({"mse", "mae", "smooth_l1", "huber", "mape", "msle", "log_cosh"})
OPTIONS = ("label_smoothing", "delta", "beta", "log_target", "log_input", "pos_weight")
COLUMNS = ("CategoricalCrossentropy", "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
           "softmax_cross_entropy", "categorical_crossentropy")  # fmt: skip
TINY = 1e-3
"""A range that reaches no further only says which signs occur (facts/ranges.py: CENTRED)."""
SMALLEST_BATCH = 2
LARGEST_BATCH = 64
"""Batches are kept within this for the sake of time."""


def task_of(
    program: Program, loss: Loss | None, output: Shape, prediction: Node, merged: bool, network: NetworkSpec
) -> TaskSpec:
    """The task of a network.

    output: shape of what reaches the loss, without the batch. merged: samples and positions were one dimension for the loss.

    Raises:
        Unbuildable: the loss is none that can be computed here.
    """
    task = _assumed(network, output) if loss is None else _of_loss(program.graph, loss, output, merged)
    batch = batch_size(program)
    if batch is not None:
        size = min(max(batch, SMALLEST_BATCH), LARGEST_BATCH)
        notes = (*task.notes, f"batches of {size} instead of {batch}") if size != batch else task.notes
        task = replace(task, batch=size, notes=notes)
    return task


def batch_size(program: Program) -> int | None:
    """That of the loader that training draws from: the one that shuffles, else the first."""
    known = [x for x in program.loaders if isinstance(x.batch_size.value, int) and x.batch_size.value > 0]
    ordered = sorted(known, key=lambda x: x.shuffle.value is not True)
    return ordered[0].batch_size.value if ordered else None


def _of_loss(graph: Graph, loss: Loss, output: Shape, merged: bool) -> TaskSpec:
    name = loss.name.rsplit(".", 1)[-1]
    kind = LOSSES.get(name)
    if kind is None:
        raise Unbuildable(f"the loss {name} is not among those that are computed here")
    keras = loss.name.startswith(("keras", "tensorflow"))
    if keras and loss.takes == "probabilities":
        kind = OF_PROBABILITIES.get(kind, kind)
    target = describe_in(graph, compared_with(loss))
    spec = LossSpec(kind, loss.takes or "values", _reduction(loss), _options(loss))
    if kind in REGRESSION:
        return _regression(graph, loss, spec, output, target)
    if kind in ("bce", "bce_logits"):
        several = bool(output) and output[-1] > 1
        if several and target.encoding in (ONE_HOT, INDEX):
            return TaskSpec("multiclass", spec, output, output[-1], class_dim=-1, one_hot=True)
        return TaskSpec("multilabel" if several else "binary", spec, output)
    if kind in ("cross_entropy", "nll", "categorical_probabilities", "kl_div", "hinge"):
        last = keras or merged or len(output) == 1
        if not output:
            raise Unbuildable("classes without a dimension that holds them")
        classes = output[-1] if last else output[0]
        columns = name in COLUMNS or kind == "kl_div" or target.encoding == ONE_HOT
        return TaskSpec("multiclass", spec, output, classes, -1 if last and len(output) > 1 else 1, columns)
    if kind == "poisson_nll":
        return TaskSpec(
            "regression", spec, output, positive=True, target_offset=2.0, notes=("targets are counts",)
        )
    raise Unbuildable(f"the loss {name} is not among those that are computed here")


def _reduction(loss: Loss) -> str:
    fact = loss.options.get("reduction")
    return "sum" if fact is not None and fact.value == "sum" else "mean"


def _options(loss: Loss) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in OPTIONS:
        fact = loss.options.get(name)
        value = fact.value if fact is not None else None
        if isinstance(value, int | float) and value:
            found[name] = value
    return found


def _regression(graph: Graph, loss: Loss, spec: LossSpec, output: Shape, target: Target) -> TaskSpec:
    """Real numbers; where classes are trained by a loss of values, those classes."""
    if target.encoding in (ONE_HOT, MULTI_HOT) and output and output[-1] > 1:
        kind = "multiclass" if target.encoding == ONE_HOT else "multilabel"
        return TaskSpec(kind, spec, output, output[-1], class_dim=-1, one_hot=True)
    squeeze = bool(output) and output[-1] == 1 and len(output) == 1
    task = TaskSpec("regression", spec, output, squeeze=squeeze)
    found = target.range
    reach = max(abs(found.low), abs(found.high)) if found is not None else 0.0
    if found is not None and target.encoding in (VALUES, None) and TINY < reach < math.inf:
        wide = found.high > found.low
        scale = (found.high - found.low if wide else abs(found.high)) / 4
        task = replace(
            task,
            target_scale=scale,
            target_offset=(found.high + found.low) / 2,
            positive=found.low >= 0,
            low=found.low if wide else None,
            high=found.high if wide else None,
            notes=(
                f"targets between about {found.low:.3g} and {found.high:.3g}"
                if wide
                else f"targets about {found.high:.3g}",
            ),
        )
    elif (node := compared_with(loss)) is not None and raw_source(graph, node) is not None:
        task = replace(task, notes=("the units of the targets are not known",))
    return task


def _assumed(network: NetworkSpec, output: Shape) -> TaskSpec:
    """A usual task for an output layer where no loss was seen."""
    last = network.layers[-1].op if network.layers else ""
    wide = output[-1] if output else 1
    note = ("no loss was seen: {} assumed",)
    if last == "log_softmax":
        return TaskSpec(
            "multiclass", LossSpec("nll", "log_probabilities"), output, wide, notes=_said(note, "NLL")
        )
    if last == "softmax":
        loss = LossSpec("categorical_probabilities", "probabilities")
        return TaskSpec("multiclass", loss, output, wide, notes=_said(note, "cross-entropy of probabilities"))
    if last == "sigmoid":
        kind = "binary" if wide == 1 else "multilabel"
        return TaskSpec(
            kind, LossSpec("bce", "probabilities"), output, notes=_said(note, "binary cross-entropy")
        )
    if len(output) == 1 and wide > 1:
        loss = LossSpec("cross_entropy", "logits")
        return TaskSpec(
            "multiclass", loss, output, wide, notes=_said(note, f"cross-entropy of {wide} classes")
        )
    return TaskSpec("regression", LossSpec("mse"), output, notes=_said(note, "mean squared error"))


def _said(template: tuple[str, ...], what: str) -> tuple[str, ...]:
    return tuple(t.format(what) for t in template)
