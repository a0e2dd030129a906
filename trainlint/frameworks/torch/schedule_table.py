"""The schedules of torch.optim.lr_scheduler: signatures, units, and what their arguments say about warmup and peak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Schedule
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.schedules import Rule, ScheduleClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def steady(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """The rate starts at the optimizer's own and never exceeds it."""
    schedule.warmup = False


def one_cycle(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Rises from max_lr / div_factor to max_lr (the optimizer's own rate is overwritten)."""
    schedule.peak = _largest(schedule.options["max_lr"])
    share = schedule.options["pct_start"]
    schedule.warmup = None if not share.known else bool(share.value)


def cyclic(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Moves between base_lr and max_lr (the optimizer's own rate is overwritten)."""
    schedule.peak = _largest(schedule.options["max_lr"])
    schedule.warmup = True


def _largest(fact: Fact[Any]) -> Fact[float]:
    """The largest of a list of rates (one a group), or the rate itself."""
    if isinstance(fact.value, tuple | list) and fact.value:
        return Fact(max(fact.value), fact.origin, fact.why, fact.known)
    return fact


def linear(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """LinearLR: from start_factor to end_factor of the optimizer's rate."""
    start, end = schedule.options["start_factor"], schedule.options["end_factor"]
    if isinstance(start.value, int | float) and isinstance(end.value, int | float):
        schedule.warmup = start.value < end.value
        scale_peak(schedule, max(start.value, end.value))


def constant(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """ConstantLR: factor times the rate for total_iters steps, then the rate itself."""
    factor = schedule.options["factor"].value
    if isinstance(factor, int | float):
        schedule.warmup = factor < 1


def exponential(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """StepLR, MultiStepLR, ExponentialLR, ReduceLROnPlateau: decay, unless the factor is above 1."""
    fact = schedule.options.get("gamma") or schedule.options.get("factor")
    if fact is not None and isinstance(fact.value, int | float):
        schedule.warmup = False
        schedule.rescales = fact.value > 1
    elif fact is not None:
        schedule.warmup = None


SAMPLED_STEPS = (
    0,
    1,
    2,
    5,
    10,
    50,
    100,
    200,
    500,
    1000,
    2000,
    4000,
    10_000,
    40_000,
    100_000,
)
"""Steps at which a LambdaLR's function is evaluated: dense enough to see usual warmups (hundreds to thousands)."""


def by_lambda(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """LambdaLR: the function's factors at sampled steps show warmup and peak; else the rate is unknown."""
    function = bound.get("lr_lambda")
    functions = function.elements if isinstance(function, ListValue | TupleValue) else (function,)
    factors: list[list[float]] = [sampled_factors(run, f) for f in functions if f is not None]
    schedule.rescales = not factors or any(len(f) < len(SAMPLED_STEPS) - 1 for f in factors)
    growing = any(len(f) > 1 and f[-1] == max(f) > max(f[:-1]) for f in factors)
    schedule.rescales = schedule.rescales or growing  # how far it grows depends on the length of the run
    if schedule.rescales:
        return
    peak = max(max(f) for f in factors)
    schedule.warmup = any(f[0] < 0.5 * max(f) and f.index(max(f)) > 0 for f in factors)
    schedule.options = {**schedule.options, "largest_factor": known(peak)}
    scale_peak(schedule, peak)


def sampled_factors(run: Interpreter, function: Value) -> list[float]:
    """A function of the step number, evaluated at SAMPLED_STEPS; steps without a known number are left out."""
    factors: list[float] = []
    for position, number in enumerate(SAMPLED_STEPS):
        result = run.call(function, Args([Const(number)]))
        if isinstance(result, Const) and isinstance(result.value, int | float):
            factors.append(float(result.value))
        elif position > 0:
            break  # a formula may be undefined at step 0 only (division by the step)
    return factors


def scale_peak(schedule: Schedule, factor: float) -> None:
    """The largest rate of a schedule that multiplies the optimizer's rate, where that differs from it."""
    lr = schedule.optimizer.lr if schedule.optimizer else unknown("the optimizer is not known")
    if factor != 1.0 and isinstance(lr.value, int | float):
        schedule.peak = known(lr.value * factor, lr.origin)


def multiplicative(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """MultiplicativeLR: only a constant factor of at most 1 keeps the peak known."""
    function = bound.get("lr_lambda")
    factors = sampled_factors(run, function) if function is not None else []
    schedule.rescales = len(factors) < len(SAMPLED_STEPS) or max(factors) > 1
    schedule.warmup = None if schedule.rescales else False


def in_sequence(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """SequentialLR: it warms up if its first schedule does."""
    parts = parts_of(bound.get("schedulers"))
    if parts:
        schedule.warmup = parts[0].warmup
    combine(schedule, parts)


def chained(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """ChainedScheduler: the factors multiply; it warms up if any of its schedules does."""
    parts = parts_of(bound.get("schedulers"))
    warm = [p.warmup for p in parts]
    schedule.warmup = True if True in warm else (False if warm and None not in warm else None)
    combine(schedule, parts)


def parts_of(value: Value | None) -> list[Schedule]:
    """The schedules of a list; empty where any of them is not known."""
    if not isinstance(value, ListValue | TupleValue) or value.open:
        return []
    found = [e.data for e in value.elements if isinstance(e, Instance) and isinstance(e.data, Schedule)]
    return found if len(found) == len(value.elements) else []


def combine(schedule: Schedule, parts: list[Schedule]) -> None:
    """What a schedule made of others takes from them."""
    schedule.rescales = not parts or any(p.rescales for p in parts)
    schedule.optimizer = schedule.optimizer or next((p.optimizer for p in parts if p.optimizer), None)
    peaks = [p.peak for p in parts if p.peak is not None]
    if peaks and len(peaks) == len(parts):
        schedule.peak = max(peaks, key=lambda f: f.value if f.value is not None else float("inf"))
    units = {p.unit for p in parts}
    schedule.unit = units.pop() if len(units) == 1 else None


BASE = ScheduleClass("torch.optim.lr_scheduler.LRScheduler", None, "optimizer, last_epoch=-1")
LIBRARY.add(BASE, "torch.optim.lr_scheduler._LRScheduler")

TABLE: tuple[tuple[str, str | None, str, Rule | None], ...] = (
    ("LambdaLR", None, "optimizer, lr_lambda, last_epoch=-1, verbose=False", by_lambda),
    ("MultiplicativeLR", None, "optimizer, lr_lambda, last_epoch=-1, verbose=False", multiplicative),
    ("StepLR", None, "optimizer, step_size, gamma=0.1, last_epoch=-1, verbose=False", exponential),
    ("MultiStepLR", None, "optimizer, milestones, gamma=0.1, last_epoch=-1, verbose=False", exponential),
    ("ExponentialLR", None, "optimizer, gamma, last_epoch=-1, verbose=False", exponential),
    ("ConstantLR", None, "optimizer, factor=0.3333333333333333, total_iters=5, last_epoch=-1", constant),
    ("LinearLR", None, "optimizer, start_factor=0.3333333333333333, end_factor=1.0, total_iters=5, last_epoch=-1",
     linear),
    ("PolynomialLR", None, "optimizer, total_iters=5, power=1.0, last_epoch=-1", steady),
    ("CosineAnnealingLR", None, "optimizer, T_max, eta_min=0.0, last_epoch=-1, verbose=False", steady),
    ("CosineAnnealingWarmRestarts", None, "optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1", steady),
    ("ReduceLROnPlateau", None, ("optimizer, mode='min', factor=0.1, patience=10, threshold=0.0001, "
     "threshold_mode='rel', cooldown=0, min_lr=0, eps=1e-08, verbose=False"), exponential),
    ("OneCycleLR", "batch", ("optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, "
     "pct_start=0.3, anneal_strategy='cos', cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, "
     "div_factor=25.0, final_div_factor=10000.0, three_phase=False, last_epoch=-1"), one_cycle),
    ("CyclicLR", "batch", ("optimizer, base_lr, max_lr, step_size_up=2000, step_size_down=None, "
     "mode='triangular', gamma=1.0, scale_fn=None, scale_mode='cycle', cycle_momentum=True, base_momentum=0.8, "
     "max_momentum=0.9, last_epoch=-1"), cyclic),
    ("SequentialLR", None, "optimizer, schedulers, milestones, last_epoch=-1", in_sequence),
    ("ChainedScheduler", None, "schedulers, optimizer=None", chained),
)  # fmt: skip
"""Name, unit, signature, rule. Only the cyclic schedules are documented to step after every batch."""

for _name, _unit, _signature, _rule in TABLE:
    LIBRARY.add(ScheduleClass(f"torch.optim.lr_scheduler.{_name}", _unit, _signature, _rule, BASE))
LIBRARY.add(
    ScheduleClass(
        "torch.optim.swa_utils.SWALR",
        "epoch",
        "optimizer, swa_lr, anneal_epochs=10, anneal_strategy='cos', last_epoch=-1",
        None,
        BASE,
    )
)
