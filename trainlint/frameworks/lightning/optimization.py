"""Optimizers and schedules of a LightningModule: what configure_optimizers() returns, and how they step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.lightning.library import PYTORCH
from trainlint.frameworks.torch import clip
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue, present
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


@dataclass(frozen=True)
class Scheduled:
    """A schedule as Lightning keeps it. interval: epoch, step, or None if it is not known; maybe: a condition that is
    not known decides whether it is used."""

    scheduler: Value
    interval: str | None = "epoch"
    monitored: bool = False
    maybe: bool = False


@dataclass
class Configured:
    """What configure_optimizers() returned. complete: nothing else may be in it."""

    optimizers: list[Value] = field(default_factory=list)
    schedules: list[Scheduled] = field(default_factory=list)
    complete: bool = True

    def extend(self, other: Configured) -> None:
        """Take over what another part of the result holds."""
        self.optimizers += other.optimizers
        self.schedules += other.schedules
        self.complete = self.complete and other.complete


def configured(run: Interpreter, value: Value) -> Configured:
    """Every form that Lightning accepts: an optimizer, several, a pair of lists, a dictionary or several."""
    entries = as_dict(value)
    if entries is not None:
        return _of_dict(run, entries.strings())
    if isinstance(value, TupleValue | ListValue):
        return _of_sequence(run, [present(e) for e in value.elements], value.open)
    if isinstance(value, UnionValue):
        return _of_union(run, value)
    if isinstance(value, Instance):
        return Configured([value])
    return Configured(complete=isinstance(value, Const))


def _of_sequence(run: Interpreter, elements: Sequence[Value], open_: bool) -> Configured:
    pair = len(elements) == 2 and all(isinstance(e, TupleValue | ListValue) for e in elements)
    found = Configured(complete=not open_)
    if pair:
        for part in elements[0].iterate(run).values:
            found.extend(configured(run, present(part)))
        found.schedules += [scheduled(run, present(s)) for s in elements[1].iterate(run).values]
        return found
    for element in elements:
        found.extend(configured(run, element))
    return found


def _of_dict(run: Interpreter, entries: dict[str, Value]) -> Configured:
    found = configured(run, entries["optimizer"]) if "optimizer" in entries else Configured(complete=False)
    schedule = entries.get("lr_scheduler")
    if schedule is not None and not _is_none(schedule):
        found.schedules.append(scheduled(run, schedule, "monitor" in entries))
    return found


def _of_union(run: Interpreter, value: UnionValue) -> Configured:
    """Alternatives: an optimizer that stands at the same place in each is one of them; schedules may be used."""
    arms = [configured(run, v) for v in value.alternatives if not _is_none(v)]
    found = Configured(complete=all(arm.complete for arm in arms))
    for place in range(max((len(arm.optimizers) for arm in arms), default=0)):
        joined: Value | None = None
        for arm in arms:
            if place < len(arm.optimizers):
                each = arm.optimizers[place]
                joined = each if joined is None or joined is each else run.join(joined, each)
        if joined is not None:
            found.optimizers.append(joined)
    for arm in arms:
        found.schedules += [
            Scheduled(s.scheduler, s.interval, s.monitored, maybe=len(arms) > 1) for s in arm.schedules
        ]
    return found


def scheduled(run: Interpreter, value: Value, monitored: bool = False) -> Scheduled:
    """A scheduler, or its dictionary: one step an epoch unless `interval` says otherwise."""
    entries = as_dict(value)
    if entries is None:
        return Scheduled(value, "epoch", monitored)
    given = entries.strings()
    interval = given.get("interval", Const("epoch"))
    text = interval.value if isinstance(interval, Const) and isinstance(interval.value, str) else None
    return Scheduled(given.get("scheduler", Unknown("a scheduler")), text, monitored or "monitor" in given)


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def facts_of(value: Value) -> list[Optimizer]:
    """The optimizers that a value may be."""
    parts = value.alternatives if isinstance(value, UnionValue) else (value,)
    return [p.data for p in parts if isinstance(p, Instance) and isinstance(p.data, Optimizer)]


# -- what self.optimizers() and self.lr_schedulers() give


class LightningOptimizerClass(LibraryClass):
    """LightningOptimizer: the optimizer that it wraps, and `.optimizer`, which is that one."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        raw = wrapped(run).get(id(instance))
        if raw is None:
            return None
        if name in ("optimizer", "_optimizer"):
            return raw
        if name == "toggle_model":
            return Native(name, lambda r, args: Unknown("toggle_model()"))
        return raw.get_attr(run, name)


LIGHTNING_OPTIMIZER = LightningOptimizerClass(f"{PYTORCH}.core.optimizer.LightningOptimizer", (BASE,))


def wrapped(run: Interpreter) -> dict[int, Instance]:
    """The optimizers inside of wrappers, by the wrapper's identity."""
    found: dict[int, Instance] = run.memo.setdefault("lightning.wrapped", {})
    return found


def as_lightning(run: Interpreter, value: Value) -> Value:
    """An optimizer as user code gets it: with the same state, so that its calls are the same events."""
    known: dict[int, tuple[Value, Instance]] = run.memo.setdefault("lightning.wrappers", {})
    if not isinstance(value, Instance) or not isinstance(value.data, Optimizer):
        return value
    if id(value) not in known:
        made = Instance(LIGHTNING_OPTIMIZER, value.location, value.attrs)
        made.data = value.data
        known[id(value)] = (value, made)
        wrapped(run)[id(made)] = value
    return known[id(value)][1]


def state_of(run: Interpreter, instance: Instance) -> Configured | None:
    """What the run that trains this module has configured."""
    known: dict[int, Configured] = run.memo.setdefault("lightning.configured", {})
    return known.get(id(instance))


def trainer_of(run: Interpreter, instance: Instance) -> Value:
    """`self.trainer`"""
    known: dict[int, Value] = run.memo.setdefault("lightning.trainers", {})
    return known.get(id(instance), Unknown("the trainer"))


def optimizers(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.optimizers()`: one optimizer, or a list where there are several."""
    state = state_of(run, instance)
    if state is None or not state.optimizers or not state.complete:
        return Unknown("self.optimizers()", method="optimizers")
    plain = args.bind("use_pl_optimizer").get("use_pl_optimizer", Const(True)).truth(run) is False
    found = [o if plain else as_lightning(run, o) for o in state.optimizers]
    return found[0] if len(found) == 1 else ListValue(found)


def lr_schedulers(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.lr_schedulers()`: None, one, or a list."""
    state = state_of(run, instance)
    if state is None or not state.complete:
        return Unknown("self.lr_schedulers()")
    found = [s.scheduler for s in state.schedules]
    return _NONE if not found else found[0] if len(found) == 1 else ListValue(found)


# -- steps and clipping of the base class, for code that calls them itself


def base_optimizer_step(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`super().optimizer_step(...)`: the closure, then the update."""
    given = args.values()
    closure = next((v for v in given if _is_closure(v)), _NONE)
    optimizer = next((v for v in given if facts_of(v)), None)
    if optimizer is None:
        return run.call(closure, Args()) if _is_closure(closure) else _NONE
    return run.call_method(optimizer, "step", closure)


def _is_closure(value: Value) -> bool:
    return value.types() in (("function", "object"), ("method", "object"))


def clip_gradients(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)`; without a bound nothing is clipped."""
    bound = args.bind("optimizer", "gradient_clip_val", "gradient_clip_algorithm")
    trainer = trainer_of(run, instance)
    limit = bound.get("gradient_clip_val", _NONE)
    algorithm = bound.get("gradient_clip_algorithm", _NONE)
    if _is_none(limit):
        limit = run.get_attr(trainer, "gradient_clip_val")
    if _is_none(algorithm):
        algorithm = run.get_attr(trainer, "gradient_clip_algorithm")
    if off(limit):
        return _NONE
    kind = "value" if _text(algorithm) == "value" else "norm"
    clip.record(run, kind, parameters(run, bound.get("optimizer")), limit)
    return _NONE


def base_clipping(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`super().configure_gradient_clipping(optimizer[, optimizer_idx], value, algorithm)`."""
    given = dict(args.keywords)
    names = ["optimizer", "gradient_clip_val", "gradient_clip_algorithm"]
    if len(args.positional) == 4:
        names.insert(1, "optimizer_idx")
    given |= dict(zip(names, args.positional, strict=False))
    given.pop("optimizer_idx", None)
    return clip_gradients(run, instance, Args([], given))


def off(limit: Value) -> bool:
    """Whether a clipping bound clips nothing: None, or nothing above zero."""
    if not isinstance(limit, Const):
        return False
    return limit.value is None or (isinstance(limit.value, int | float) and limit.value <= 0)


def _text(value: Value) -> str:
    return str(value.value).lower() if isinstance(value, Const) else ""


def parameters(run: Interpreter, optimizer: Value | None) -> Value | None:
    """All parameters of an optimizer, as a value that clipping takes."""
    if optimizer is None:
        return None
    groups = run.get_attr(optimizer, "param_groups")
    if not isinstance(groups, ListValue):
        return Unknown("the parameters of an optimizer")
    return ListValue([run.get_item(g, Const("params")) for g in groups.elements], open=groups.open)


def is_schedule(value: Value) -> bool:
    """Whether a value is a schedule with a fact."""
    return isinstance(value, Instance) and isinstance(value.data, Schedule)
