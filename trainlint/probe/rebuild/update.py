"""How the weights are updated: optimizer, rate, clipping and warmup."""

from __future__ import annotations

from typing import Any

from trainlint.facts.events import EventKind
from trainlint.facts.learning_rate import peak_rate, planned_steps
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping, Optimizer
from trainlint.probe.spec import UpdateSpec

FAMILIES = ("sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "radam", "lion")
"""Those that the worker has an update for; others are replaced by Adam, and that is said."""
RATES = {"sgd": 0.1, "adagrad": 0.01, "adadelta": 1.0, "lion": 1e-4}
"""Usual rates where none is known: the libraries' defaults, and 0.1 for SGD; 1e-3 for the rest."""


def update_of(program: Program, optimizer: Optimizer | None) -> UpdateSpec:
    """The update of a program's optimizer; Adam at 1e-3 where none was seen."""
    if optimizer is None:
        return UpdateSpec("adam", 1e-3, assumed=True, notes=("no optimizer was seen: Adam at 0.001 assumed",))
    notes: list[str] = []
    family = optimizer.family
    if family not in FAMILIES:
        notes.append(f"{optimizer.name.rsplit('.', 1)[-1] or 'the optimizer'} is replaced by Adam")
        family = "adam"
    peak = peak_rate(optimizer, program)
    rate = peak.value if peak is not None and peak.value is not None else optimizer.lr.value
    if not isinstance(rate, int | float) or isinstance(rate, bool):
        rate = RATES.get(family, 1e-3)
        notes.append(f"the learning rate is not known: {rate:g} assumed")
    keras = optimizer.name.startswith(("keras", "tensorflow"))
    clip, most = _clipping(program, optimizer)
    betas = _number_pair(optimizer, keras)
    return UpdateSpec(
        family,
        float(rate),
        momentum=_number(optimizer.momentum.value, 0.0),
        nesterov=_option(optimizer, "nesterov") is True,
        dampening=_number(_option(optimizer, "dampening"), 0.0),
        betas=betas,
        eps=_number(_option(optimizer, "eps", "epsilon"), 1e-7 if keras else 1e-8),
        alpha=_number(_option(optimizer, "alpha", "rho"), 0.9 if keras else 0.99),
        centered=_option(optimizer, "centered") is True,
        amsgrad=_option(optimizer, "amsgrad") is True,
        weight_decay=_number(optimizer.weight_decay.value, 0.0),
        decoupled=family in ("adamw", "lion")
        or keras
        or _option(optimizer, "decoupled_weight_decay", "decouple_wd") is True,
        clip=clip,
        clip_max=most,
        warmup=_warmup(program, optimizer),
        steps=planned_steps(optimizer, program),
        assumed=bool(notes),
        notes=tuple(notes),
    )


def _warmup(program: Program, optimizer: Optimizer) -> int:
    """Updates over which the rate rises from zero, where a schedule says so in updates."""
    for schedule in program.schedules:
        if schedule.optimizer is optimizer:
            for name in ("num_warmup_steps", "warmup_steps"):
                fact = schedule.options.get(name)
                if fact is not None and isinstance(fact.value, int):
                    return fact.value
    return 0


def _option(optimizer: Optimizer, *names: str) -> Any:
    for name in names:
        fact = optimizer.options.get(name)
        if fact is not None and fact.value is not None:
            return fact.value
    return None


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def _number_pair(optimizer: Optimizer, keras: bool) -> tuple[float, ...]:
    given = _option(optimizer, "betas")
    if isinstance(given, tuple | list) and all(isinstance(b, int | float) for b in given):
        return tuple(float(b) for b in given)
    first, second = _option(optimizer, "beta_1", "mom"), _option(optimizer, "beta_2", "sqr_mom")
    return _number(first, 0.9), _number(second, 0.999)


def _clipping(program: Program, optimizer: Optimizer) -> tuple[str, float]:
    """The kind and bound of the clipping that comes before the optimizer's steps."""
    for option, kind in (("clipnorm", "norm"), ("global_clipnorm", "norm"), ("clipvalue", "value")):
        value = _option(optimizer, option)
        if isinstance(value, int | float):
            return kind, float(value)
    roots = optimizer.parameters.roots()
    for event in program.events_of(EventKind.CLIP):
        found = event.target
        if isinstance(found, Clipping) and (found.subject.roots() & roots or not found.subject.complete):
            most = found.max.value
            if found.kind in ("norm", "value") and isinstance(most, int | float):
                return found.kind, float(most)
    return "", 0.0
