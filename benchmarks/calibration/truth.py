"""What has an effect, decided apart from the experiments: both variants are trained for 2,000 updates.

Nothing of the probe is used but the network that a spec describes: data come from teachers of this module, the updates
from torch.optim. A run ends with the loss (and the error) on the 1,024 samples that it was trained on, in evaluation
mode. An effect: the mended variant is better by at least a tenth of what chance gives; none: by less than a fiftieth.
What lies between is left out of the figures and counted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from calibration.cells import Cell
from calibration.extras import changed_data, losses_of
from trainlint.probe.spec import TaskSpec, UpdateSpec, Variant, to_json
from trainlint.probe.worker.network import Network

NOTHING: Mapping[str, Any] = {}
STEPS = 2000
SAMPLES = 1024
SEEDS, SECOND_SEEDS, THIRD_SEEDS = (101, 102), (201, 202), (301, 302)
"""Not among those of any experiment. Cells that are not held back have the first one only; those of the later held sets
have the second one where the first one's gain lies within `CLOSE`."""
CLOSE = (-0.05, 0.3)
EFFECT, NO_EFFECT = 0.1, 0.02
"""Parts of the chance loss (the issue's definition)."""
WORST = 10.0
"""Stands for a loss that is not finite, and bounds others, in units of the chance loss."""


@dataclass(frozen=True)
class Outcome:
    """The end of one run, as parts of what chance gives. loss: the variant's own; error: of its answers, whatever the
    loss (wrong classes, unexplained variance)."""

    loss: float
    error: float


def key_of(variant: Variant, seed: int, mode: str, extra: Mapping[str, Any] = NOTHING) -> str:
    """A short name for one run; equal runs have equal names."""
    parts = [to_json(variant.network), to_json(variant.task), to_json(variant.update), seed, mode, STEPS]
    text = json.dumps([*parts, dict(extra)] if extra else parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Truth:
    """Outcomes of runs, kept in a file so that a run is made once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Outcome] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                name, loss, error = json.loads(line)
                self.known[name] = Outcome(loss, error)

    def outcome(
        self, variant: Variant, seed: int, mode: str = "eval", extra: Mapping[str, Any] = NOTHING
    ) -> Outcome:
        """The end of this run, from the file or made now."""
        name = key_of(variant, seed, mode, extra)
        if name not in self.known:
            found = train(variant, seed, mode, extra)
            self.known[name] = found
            with self.path.open("a") as file:
                file.write(json.dumps([name, round(found.loss, 5), round(found.error, 5)]) + "\n")
        return self.known[name]

    def known_gain(self, cell: Cell) -> float | None:
        """As `gain`; None where a run is missing."""
        gains: list[float] = []
        for seed in seeds_of(cell):
            sides = _sides(cell)
            if not all(key_of(variant, seed, mode, extra) in self.known for variant, mode, extra in sides):
                return None
            gains.append(self._gain(cell, seed))
            if _clear(cell, gains):
                break
        return sum(gains) / len(gains)

    def gain(self, cell: Cell) -> float:
        """By how much the mended variant is better, in parts of chance; the mean over seeds."""
        gains: list[float] = []
        for seed in seeds_of(cell):
            gains.append(self._gain(cell, seed))
            if _clear(cell, gains):
                break
        return sum(gains) / len(gains)

    def _gain(self, cell: Cell, seed: int) -> float:
        bad, good = (self.outcome(variant, seed, mode, extra) for variant, mode, extra in _sides(cell))
        return bad.loss - good.loss if cell.same_loss else bad.error - good.error


def _sides(cell: Cell) -> tuple[tuple[Variant, str, Mapping[str, Any]], ...]:
    """Variant, mode of measuring and extras of both sides."""
    return (
        (cell.flagged, cell.options.get("flagged_mode", "eval"), cell.truth.get("flagged", NOTHING)),
        (cell.mended, "eval", cell.truth.get("mended", NOTHING)),
    )


def _clear(cell: Cell, gains: list[float]) -> bool:
    return cell.second and not CLOSE[0] <= gains[0] <= CLOSE[1]


def seeds_of(cell: Cell) -> tuple[int, ...]:
    """The seeds of the long runs of a cell."""
    if cell.second:
        return THIRD_SEEDS if cell.third else SECOND_SEEDS
    return SEEDS if cell.held else SEEDS[:1]


def verdict(gain: float) -> str:
    """effect, none or between."""
    return "effect" if gain >= EFFECT else "none" if gain < NO_EFFECT else "between"


def train(variant: Variant, seed: int, mode: str = "eval", extra: Mapping[str, Any] = NOTHING) -> Outcome:
    """One run. mode: in which the network stands when it is measured. extra: what it does beside (`calibration/extras.py`)."""
    torch.manual_seed(seed)
    network = Network(variant.network, seed)
    inputs, targets = changed_data(*data(variant, seed), extra, seed)
    loss_of, error_of = losses_of(variant, extra, _loss, _error)
    optimizer = _optimizer(network, variant.update)
    order = torch.Generator().manual_seed(seed)
    network.train()
    for step in range(STEPS):
        rows = torch.randint(0, len(inputs), (variant.task.batch,), generator=order)
        optimizer.zero_grad()
        try:
            loss = loss_of(network([inputs[rows]]), targets[rows])
        except (RuntimeError, ValueError):
            if extra.get("refusing"):
                return Outcome(WORST, 1.0)
            raise
        if not torch.isfinite(loss):
            return Outcome(WORST, 1.0)
        loss.backward()  # type: ignore[no-untyped-call]
        _clip(network, variant.update)
        _warm(optimizer, variant.update, step)
        optimizer.step()
    network.train(mode == "train")
    with torch.no_grad():
        parts = inputs.split(variant.task.batch if mode == "train" else 256)
        scores = torch.cat([network([part]) for part in parts])
        loss = float(loss_of(scores, targets))
        return Outcome(_bounded(loss / _chance(variant.task)), _bounded(error_of(scores, targets)))


def _bounded(value: float) -> float:
    return max(-WORST, min(WORST, value)) if math.isfinite(value) else WORST


def _chance(task: TaskSpec) -> float:
    if task.kind == "multiclass":
        return math.log(task.classes)
    if task.kind in ("binary", "multilabel"):
        return math.log(2)
    return task.target_scale**2


def _error(task: TaskSpec, scores: Tensor, targets: Tensor) -> float:
    """Wrong answers, or variance that is not explained, as a part of what chance gives."""
    if task.kind == "multiclass":
        wrong = (scores.argmax(1) != targets).float().mean()
        return float(wrong) / (1 - 1 / task.classes)
    if task.kind in ("binary", "multilabel"):
        middle = 0.0 if task.loss.takes == "logits" and float(scores.min()) < 0 else 0.5
        return float(((scores > middle).float() != targets).float().mean()) / 0.5
    if scores.dim() > targets.dim():  # answers on a map, where one was wanted
        scores = scores.flatten(1).mean(1, keepdim=True)
    return float(((scores - targets) ** 2).mean() / targets.var())


def _loss(task: TaskSpec, scores: Tensor, targets: Tensor) -> Tensor:
    name = task.loss.name
    if name == "cross_entropy":
        return functional.cross_entropy(scores, targets)
    if name == "nll":
        return functional.nll_loss(scores, targets)
    if name == "bce":
        return functional.binary_cross_entropy(scores.clamp(0, 1), targets)
    if name == "bce_logits":
        return functional.binary_cross_entropy_with_logits(scores, targets)
    if name == "mse" and task.kind == "multiclass":
        return functional.mse_loss(scores, functional.one_hot(targets, task.classes).float())
    if name == "mse":
        return functional.mse_loss(scores, targets)
    raise ValueError(f"the calibration has no cell with the loss {name}")


def _clip(network: nn.Module, update: UpdateSpec) -> None:
    if update.clip == "norm":
        nn.utils.clip_grad_norm_(network.parameters(), update.clip_max)


def _warm(optimizer: torch.optim.Optimizer, update: UpdateSpec, step: int) -> None:
    if update.warmup:
        for group in optimizer.param_groups:
            group["lr"] = update.lr * min(1.0, (step + 1) / update.warmup)


def _optimizer(network: nn.Module, update: UpdateSpec) -> torch.optim.Optimizer:
    """torch's own. torch refuses a momentum or beta of 1 and more nowhere but in its constructor: set afterwards."""
    parameters, decay = list(network.parameters()), update.weight_decay
    made: torch.optim.Optimizer
    if update.family == "sgd":
        made = torch.optim.SGD(parameters, update.lr, update.momentum, weight_decay=decay)
    elif update.family in ("adam", "adamw"):
        kind: Any = torch.optim.AdamW if update.decoupled else torch.optim.Adam
        made = kind(parameters, update.lr, betas=update.betas, weight_decay=decay)
    elif update.family == "rmsprop":
        made = torch.optim.RMSprop(parameters, update.lr, weight_decay=decay)
    elif update.family == "adagrad":
        made = torch.optim.Adagrad(parameters, update.lr, weight_decay=decay)
    else:
        raise ValueError(f"the calibration has no cell with {update.family}")
    return made


# -- data


def data(variant: Variant, seed: int) -> tuple[Tensor, Tensor]:
    """1,024 samples of a teacher: two layers of tanh over a few features of the input.

    Returns inputs (1024, *shape) and targets: (1024,) class indices, or (1024, outputs).
    """
    task, source = variant.task, torch.Generator().manual_seed(1000 + seed)
    shape = variant.network.inputs[0].shape
    inputs = torch.randn(SAMPLES, *shape, generator=source)
    features = _features(inputs)
    outputs = task.classes if task.kind == "multiclass" else max(1, task.output[-1])
    first = torch.randn(features.shape[1], 24, generator=source) * 1.5 / math.sqrt(features.shape[1])
    second = torch.randn(24, outputs, generator=source)
    answers = torch.tanh(features @ first) @ second
    answers = (answers - answers.mean(0)) / answers.std(0)
    raw = task.input_offset + task.input_scale * inputs
    if task.kind == "multiclass":
        return raw, answers.argmax(1)
    if task.kind in ("binary", "multilabel"):
        return raw, (answers > 0).float()
    if task.low is not None and task.high is not None:
        middle, half = (task.high + task.low) / 2, (task.high - task.low) / 2
        return raw, middle + half * torch.tanh(answers)
    values = task.target_offset + task.target_scale * answers
    return raw, values.abs() if task.positive else values


def _features(inputs: Tensor) -> Tensor:
    """A dozen or so numbers a sample: of a sequence its mean and end, of an image its means over quarters."""
    if inputs.dim() == 3:
        return torch.cat([inputs.mean(1) * math.sqrt(inputs.shape[1]), inputs[:, -1]], 1)
    if inputs.dim() == 4:
        pooled = functional.adaptive_avg_pool2d(inputs, 2).flatten(1)
        return pooled / pooled.std()
    return inputs
