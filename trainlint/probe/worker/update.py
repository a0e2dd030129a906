"""Updates of weights, written out: the first constructor of `torch.optim` costs 1.9 s, because it imports a compiler.

All parameters lie in one flat tensor, and so do their gradients: an update is a handful of operations whatever the number
of layers. Each formula is the one of the torch optimizer of that name (tests hold them against each other); Lion is
that of its paper (Chen et al. 2023, algorithm 2), LARS and LAMB of theirs (You et al. 2017, 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from trainlint.probe.spec import UpdateSpec


@dataclass
class State:
    """What an update remembers: tensors by name, the number of this step (from 1), and where each parameter lies."""

    step: int = 0
    tensors: dict[str, Tensor] = field(default_factory=dict)
    slices: list[slice] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)

    def get(self, name: str, like: Tensor, value: float = 0.0) -> Tensor:
        """A tensor that starts with one value everywhere."""
        if name not in self.tensors:
            self.tensors[name] = torch.full_like(like, value)
        return self.tensors[name]


Rule = Callable[[UpdateSpec, State, Tensor, float], Tensor]
"""From specification, state, gradient and rate to what is taken from the weights."""


class Updater:
    """Updates the parameters of a module in place.

    Raises:
        ValueError: the family is not one of `RULES`.
    """

    def __init__(self, spec: UpdateSpec, parameters: Iterable[nn.Parameter]) -> None:
        if spec.family not in RULES:
            raise ValueError(f"updates of the family {spec.family!r} are not written out")
        self.spec, self.rule, self.state = spec, RULES[spec.family], State()
        parameters = [p for p in parameters if p.requires_grad]
        sizes = [p.numel() for p in parameters]
        self.weights = (
            torch.cat([p.detach().reshape(-1) for p in parameters]) if parameters else torch.zeros(0)
        )
        self.gradient = torch.zeros_like(self.weights)
        start = 0
        for parameter, size in zip(parameters, sizes, strict=True):
            where = slice(start, start + size)
            parameter.data = self.weights[where].view_as(parameter)
            parameter.grad = self.gradient[where].view_as(parameter)
            self.state.slices.append(where)
            start += size

    def zero(self) -> None:
        """Clear the gradients."""
        self.gradient.zero_()

    def rate(self) -> float:
        """The rate of the step that comes next."""
        if self.spec.warmup > 0:
            return self.spec.lr * min(1.0, (self.state.step + 1) / self.spec.warmup)
        return self.spec.lr

    def step(self) -> float:
        """Clip, update, and return the norm that the gradient had before it was clipped."""
        with torch.no_grad():
            norm = float(torch.linalg.vector_norm(self.gradient))
            gradient = _clipped(self.spec, self.gradient, norm)
            rate = self.rate()
            self.state.step += 1
            if self.spec.weight_decay:
                if self.spec.decoupled:
                    self.weights.mul_(1 - rate * self.spec.weight_decay)
                elif self.spec.family not in ("lars", "lamb", "lion"):
                    gradient = gradient + self.spec.weight_decay * self.weights
            self.state.tensors["weights"] = self.weights
            self.weights.sub_(self.rule(self.spec, self.state, gradient, rate))
        return norm


def _clipped(spec: UpdateSpec, gradient: Tensor, norm: float) -> Tensor:
    """As torch.nn.utils.clip_grad_norm_ and clip_grad_value_ do."""
    if spec.clip == "norm":
        return gradient * min(1.0, spec.clip_max / (norm + 1e-6)) if math.isfinite(norm) else gradient
    if spec.clip == "value":
        return gradient.clamp(-spec.clip_max, spec.clip_max)
    return gradient


def _sgd(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    if spec.momentum == 0:
        return rate * gradient
    velocity: Tensor
    if "velocity" not in state.tensors:
        velocity = state.tensors["velocity"] = gradient.clone()
    else:
        velocity = state.tensors["velocity"].mul_(spec.momentum).add_(gradient, alpha=1 - spec.dampening)
    return rate * (gradient + spec.momentum * velocity if spec.nesterov else velocity)


def _betas(spec: UpdateSpec) -> tuple[float, float]:
    first, second = (*spec.betas, 0.999)[:2]
    return first, second


def _adam(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    first, second = _betas(spec)
    mean = state.get("mean", gradient).mul_(first).add_(gradient, alpha=1 - first)
    square = state.get("square", gradient).mul_(second).addcmul_(gradient, gradient, value=1 - second)
    if spec.amsgrad:
        largest = state.get("largest", gradient)
        torch.maximum(largest, square, out=largest)
        square = largest
    scale = (square / _left(second, state.step)).sqrt_().add_(spec.eps)
    return rate / _left(first, state.step) * mean / scale


def _left(beta: float, step: int) -> float:
    """1 - beta**step; never zero, so that a beta of 1 freezes the update and does not end the run."""
    return 1 - beta**step or math.inf


def _adamax(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    first, second = _betas(spec)
    mean = state.get("mean", gradient).mul_(first).add_(gradient, alpha=1 - first)
    largest = state.get("largest", gradient).mul_(second)
    torch.maximum(largest, gradient.abs() + spec.eps, out=largest)
    return rate / _left(first, state.step) * mean / largest


def _nadam(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    first, second = _betas(spec)
    now = first * (1 - 0.5 * math.pow(0.96, state.step * 0.004))
    after = first * (1 - 0.5 * math.pow(0.96, (state.step + 1) * 0.004))
    product = state.numbers["product"] = state.numbers.get("product", 1.0) * now
    mean = state.get("mean", gradient).mul_(first).add_(gradient, alpha=1 - first)
    square = state.get("square", gradient).mul_(second).addcmul_(gradient, gradient, value=1 - second)
    scale = (square / _left(second, state.step)).sqrt_().add_(spec.eps)
    forward = rate * (1 - now) / (1 - product or math.inf) * gradient
    return (forward + rate * after / (1 - product * after or math.inf) * mean) / scale


def _radam(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    first, second = _betas(spec)
    mean = state.get("mean", gradient).mul_(first).add_(gradient, alpha=1 - first)
    square = state.get("square", gradient).mul_(second).addcmul_(gradient, gradient, value=1 - second)
    corrected = mean / _left(first, state.step)
    limit = 2 / (1 - second) - 1 if second < 1 else math.inf
    length = limit - 2 * state.step * second**state.step / _left(second, state.step)
    if not length > 5:
        return rate * corrected
    rectified = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
    scale = math.sqrt(_left(second, state.step)) / (square.sqrt() + spec.eps)
    return rate * math.sqrt(rectified) * corrected * scale


def _rmsprop(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    square = state.get("square", gradient).mul_(spec.alpha).addcmul_(gradient, gradient, value=1 - spec.alpha)
    if spec.centered:
        mean = state.get("mean", gradient).lerp_(gradient, 1 - spec.alpha)
        scale = square.addcmul(mean, mean, value=-1).sqrt_().add_(spec.eps)
    else:
        scale = square.sqrt().add_(spec.eps)
    if spec.momentum:
        return rate * state.get("velocity", gradient).mul_(spec.momentum).add_(gradient / scale)
    return rate * gradient / scale


def _adagrad(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    total = state.get("total", gradient).addcmul_(gradient, gradient)
    return rate * gradient / (total.sqrt() + spec.eps)


def _adadelta(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    decay = spec.alpha
    square = state.get("square", gradient).mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
    moved = state.get("moved", gradient)
    delta = (moved + spec.eps).sqrt_() / (square + spec.eps).sqrt_() * gradient
    moved.mul_(decay).addcmul_(delta, delta, value=1 - decay)
    return rate * delta


def _lion(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    first, second = _betas(spec)
    mean = state.get("mean", gradient)
    direction = (first * mean + (1 - first) * gradient).sign_()
    mean.mul_(second).add_(gradient, alpha=1 - second)
    decay = 0.0 if spec.decoupled else spec.weight_decay
    return rate * (direction + decay * state.tensors["weights"])


def _lars(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    trust, scaled = 0.001, torch.empty_like(gradient)
    for where in state.slices:
        weights, part = state.tensors["weights"][where], gradient[where]
        norm, slope = float(weights.norm()), float(part.norm())
        ratio = trust * norm / (slope + spec.weight_decay * norm) if norm > 0 and slope > 0 else 1.0
        scaled[where] = ratio * (part + spec.weight_decay * weights)
    velocity = state.get("velocity", gradient).mul_(spec.momentum).add_(scaled)
    return rate * velocity


def _lamb(spec: UpdateSpec, state: State, gradient: Tensor, rate: float) -> Tensor:
    direction = _adam(spec, state, gradient, 1.0)
    weights = state.tensors["weights"]
    direction = direction + (0.0 if spec.decoupled else spec.weight_decay) * weights
    for where in state.slices:
        norm, length = float(weights[where].norm()), float(direction[where].norm())
        if norm > 0 and length > 0:
            direction[where] *= norm / length
    return rate * direction


RULES: dict[str, Rule] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "adamax": _adamax,
    "nadam": _nadam,
    "radam": _radam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
    "lion": _lion,
    "lars": _lars,
    "lamb": _lamb,
}
"""Family -> its rule. AdamW is Adam with `decoupled` decay."""
