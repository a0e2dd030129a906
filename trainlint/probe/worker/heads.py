"""What reaches and leaves the end of a network, without training: gradients, floors of losses, constants."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from trainlint.probe.edits import output_layers
from trainlint.probe.spec import Variant
from trainlint.probe.worker.functions import FUNCTIONS
from trainlint.probe.worker.modules import MODULES
from trainlint.probe.worker.train import Run, start

SURE = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Sizes of logits that are tried for the surest right answer."""

SAMPLES = 128


def gradient_at_head(variant: Variant, seed: int) -> float:
    """Root mean square of the loss's gradient at the output of the last layer with weights, at the start."""
    run = start(variant, seed)
    inputs, target = run.data.batch(0, SAMPLES)
    watched: dict[str, Tensor] = {}
    run.loss(run.network(inputs, watched), target).backward()  # type: ignore[no-untyped-call]
    gradient = watched[_head(variant)].grad
    return 0.0 if gradient is None else float(gradient.square().mean().sqrt())


def _head(variant: Variant) -> str:
    found = output_layers(variant.network)
    if not found:
        raise ValueError("no layer with weights makes the output")
    return found[-1].id


def floor(variant: Variant, seed: int) -> float:
    """The least loss, in chance losses, of answers that are right: what follows the last layer is given logits of growing size.

    Zero for targets that are real numbers, for which there are no logits.
    """
    run = start(variant, seed)
    inputs, target = run.data.batch(0, SAMPLES)
    signs = _right_answers(run, target)
    if signs is None:
        return 0.0
    with torch.no_grad():
        watched: dict[str, Tensor] = {}
        run.network.eval()
        run.network(inputs, watched)
        shape = watched[_head(variant)].shape
        if signs.numel() != math.prod(shape):
            return 0.0
        losses = [_loss_of(run, watched, size * signs.reshape(shape), target) for size in SURE]
    finite = [loss for loss in losses if math.isfinite(loss)]
    return max(0.0, min(finite, default=math.inf)) / run.chance


def _right_answers(run: Run, target: Tensor) -> Tensor | None:
    """1 for what is right, -1 for what is not, in the output's layout; None for targets without classes."""
    task = run.variant.task
    if task.kind in ("binary", "multilabel"):
        return 2 * target - 1
    if task.kind != "multiclass":
        return None
    columns = target if target.is_floating_point() else functional.one_hot(target, task.classes).float()
    if not target.is_floating_point() and columns.dim() > 2:
        columns = columns.movedim(-1, 1)
    if columns.dim() > 2 and task.class_dim != 1:
        columns = columns.movedim(1, task.class_dim)
    return 2 * columns - 1


def _loss_of(run: Run, values: dict[str, Tensor], logits: Tensor, target: Tensor) -> float:
    """The loss with other values at the last layer: what comes after it is computed anew."""
    changed = {**values, _head(run.variant): logits}
    touched = {_head(run.variant)}
    for layer in run.variant.network.layers:
        if not touched & set(layer.inputs):
            continue
        arguments = [changed[name] for name in layer.inputs]
        module = run.network.layer(layer.id) if layer.op in MODULES else None
        changed[layer.id] = (
            module(*arguments)
            if module is not None
            else FUNCTIONS[layer.op](arguments, layer.options, len(logits))
        )
        touched.add(layer.id)
    return float(run.loss(changed[run.variant.network.outputs[0]], target))


def spread_and_gradient(variant: Variant, seed: int, samples: int, *, decided: bool) -> tuple[float, float]:
    """Largest deviation of the output over samples, and largest gradient of any weight (0 where `decided`).

    decided: of argmax over the last dimension instead of the output itself, each unit's mean taken off (which one is larger on
    average says nothing at the start).
    """
    run = start(variant, seed)
    inputs, target = run.data.batch(0, samples)
    run.network.eval()
    output = run.network(inputs)
    if decided:
        answers = (output - output.mean(0)).argmax(-1)
        return float(answers.float().std(0).max()), 0.0
    run.loss(output, target).backward()  # type: ignore[no-untyped-call]
    gradients = [p.grad for p in run.network.parameters() if p.grad is not None]
    largest = max((float(g.abs().max()) for g in gradients), default=0.0)
    return float(output.detach().std(0).max()), largest
