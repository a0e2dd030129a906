"""Learning rates in closed form: a schedule's documented options and a step's number give the rate.

Source: documentation of torch.optim.lr_scheduler 2.13, transformers' optimization module 5.x, keras.optimizers.schedules
3.15; the tests hold the formulas of torch against torch itself.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
Formula = Callable[[float, Values, int], float]
"""Base rate, options, steps taken -> rate."""
Horizon = Callable[[Values], float]
"""Options -> the steps that show the schedule's whole shape."""


def _step(base: float, o: Values, t: int) -> float:
    return float(base * o["gamma"] ** (t // o["step_size"]))


def _multi_step(base: float, o: Values, t: int) -> float:
    return float(base * o["gamma"] ** bisect_right(sorted(o["milestones"]), t))


def _constant(base: float, o: Values, t: int) -> float:
    return base * (o["factor"] if t < o["total_iters"] else 1.0)


def _linear(base: float, o: Values, t: int) -> float:
    done = min(t, o["total_iters"]) / o["total_iters"]
    return float(base * (o["start_factor"] + (o["end_factor"] - o["start_factor"]) * done))


def _polynomial(base: float, o: Values, t: int) -> float:
    return float(base * (1 - min(t, o["total_iters"]) / o["total_iters"]) ** o["power"])


def _between(high: float, low: float, done: float) -> float:
    """From high to low along half a cosine."""
    return low + (high - low) * (1 + math.cos(math.pi * done)) / 2


def _cosine(base: float, o: Values, t: int) -> float:
    return _between(base, o["eta_min"], t / o["T_max"])


def _restarts(base: float, o: Values, t: int) -> float:
    length, start = o["T_0"], 0
    while t >= start + length:
        start, length = start + length, length * o["T_mult"]
    return _between(base, o["eta_min"], (t - start) / length)


def _cycle_length(o: Values) -> int:
    total = o["total_steps"] if o["total_steps"] is not None else o["epochs"] * o["steps_per_epoch"]
    return int(total)


def _one_cycle(base: float, o: Values, t: int) -> float:
    if o["three_phase"]:
        raise ValueError("three phases")
    total, peak = _cycle_length(o), float(o["max_lr"])
    start = peak / o["div_factor"]
    up = o["pct_start"] * total - 1
    t = min(t, total - 1)
    high, low, done = (start, peak, t / up) if t <= up else (peak, start / o["final_div_factor"],
                                                             (t - up) / (total - 1 - up))  # fmt: skip
    return _between(high, low, done) if o["anneal_strategy"] == "cos" else high + (low - high) * done


def _cyclic(base: float, o: Values, t: int) -> float:
    if o["mode"] != "triangular":
        raise ValueError("not a triangle")
    up = o["step_size_up"]
    down = o["step_size_down"] if o["step_size_down"] is not None else up
    place = t % (up + down)
    share = place / up if place <= up else 1 - (place - up) / down
    return float(o["base_lr"] + (o["max_lr"] - o["base_lr"]) * share)


def _warm(o: Values, t: int) -> float | None:
    """The share of the rate while it warms up; None afterwards."""
    warm = o["num_warmup_steps"]
    return t / max(1, warm) if t < warm else None


def _after_warmup(o: Values, t: int) -> float:
    warm, total = o["num_warmup_steps"], o["num_training_steps"]
    return float(min(1.0, (t - warm) / max(1, total - warm)))


def _warm_constant(base: float, o: Values, t: int) -> float:
    share = _warm(o, t)
    return base * (1.0 if share is None else share)


def _warm_linear(base: float, o: Values, t: int) -> float:
    share = _warm(o, t)
    return base * (1 - _after_warmup(o, t) if share is None else share)


def _warm_cosine(base: float, o: Values, t: int) -> float:
    share = _warm(o, t)
    if share is None:
        share = max(0.0, (1 + math.cos(2 * math.pi * o["num_cycles"] * _after_warmup(o, t))) / 2)
    return base * share


def _decay_exponent(o: Values, t: int) -> float:
    return float(t // o["decay_steps"] if o["staircase"] else t / o["decay_steps"])


def _keras_exponential(base: float, o: Values, t: int) -> float:
    return float(base * o["decay_rate"] ** _decay_exponent(o, t))


def _keras_inverse(base: float, o: Values, t: int) -> float:
    return float(base / (1 + o["decay_rate"] * _decay_exponent(o, t)))


def _keras_polynomial(base: float, o: Values, t: int) -> float:
    if o["cycle"]:
        raise ValueError("a cycle")
    left = 1 - min(t, o["decay_steps"]) / o["decay_steps"]
    return float((base - o["end_learning_rate"]) * left ** o["power"] + o["end_learning_rate"])


def _keras_cosine(base: float, o: Values, t: int) -> float:
    target, warm = o["warmup_target"], o["warmup_steps"]
    if target is not None and t < warm:
        return float(base + (target - base) * t / warm)
    peak = base if target is None else target
    done = min(t - (warm if target is not None else 0), o["decay_steps"]) / o["decay_steps"]
    return _between(peak, peak * o["alpha"], done)


def _keras_pieces(base: float, o: Values, t: int) -> float:
    number = sum(t > boundary for boundary in o["boundaries"])
    return float(o["values"][number])


def _keras_cosine_horizon(o: Values) -> float:
    return float(o["decay_steps"] + (o["warmup_steps"] if o["warmup_target"] is not None else 0))


_TORCH = "torch.optim.lr_scheduler."
_KERAS = "keras.optimizers.schedules."
FORMULAS: Mapping[str, tuple[Formula, Horizon]] = {
    f"{_TORCH}StepLR": (_step, lambda o: 4 * o["step_size"]),
    f"{_TORCH}MultiStepLR": (_multi_step, lambda o: 1.25 * max(o["milestones"])),
    f"{_TORCH}ExponentialLR": (lambda b, o, t: b * o["gamma"] ** t,
                               lambda o: math.log(0.01) / math.log(o["gamma"]) if 0 < o["gamma"] < 1 else 10),
    f"{_TORCH}ConstantLR": (_constant, lambda o: 2 * o["total_iters"]),
    f"{_TORCH}LinearLR": (_linear, lambda o: 1.5 * o["total_iters"]),
    f"{_TORCH}PolynomialLR": (_polynomial, lambda o: o["total_iters"]),
    f"{_TORCH}CosineAnnealingLR": (_cosine, lambda o: o["T_max"]),
    f"{_TORCH}CosineAnnealingWarmRestarts": (_restarts, lambda o: o["T_0"] * (1 + o["T_mult"] + o["T_mult"] ** 2)),
    f"{_TORCH}OneCycleLR": (_one_cycle, _cycle_length),
    f"{_TORCH}CyclicLR": (_cyclic, lambda o: 4 * o["step_size_up"]),
    "transformers.get_constant_schedule": (lambda b, o, t: b, lambda o: 1),
    "transformers.get_constant_schedule_with_warmup": (_warm_constant, lambda o: 2 * max(o["num_warmup_steps"], 1)),
    "transformers.get_linear_schedule_with_warmup": (_warm_linear, lambda o: o["num_training_steps"]),
    "transformers.get_cosine_schedule_with_warmup": (_warm_cosine, lambda o: o["num_training_steps"]),
    f"{_KERAS}ExponentialDecay": (_keras_exponential, lambda o: 4 * o["decay_steps"]),
    f"{_KERAS}InverseTimeDecay": (_keras_inverse, lambda o: 4 * o["decay_steps"]),
    f"{_KERAS}PolynomialDecay": (_keras_polynomial, lambda o: o["decay_steps"]),
    f"{_KERAS}CosineDecay": (_keras_cosine, _keras_cosine_horizon),
    f"{_KERAS}PiecewiseConstantDecay": (_keras_pieces, lambda o: 1.25 * max(o["boundaries"])),
}  # fmt: skip
"""By qualified name: the rate, and how many steps show its whole shape where the run's length is not known."""
