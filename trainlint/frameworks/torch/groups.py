"""Parameter groups: what the first argument of an optimizer stands for, and what writing `group["lr"]` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.training import Optimizer, ParameterSet, ParamGroup, Schedule
from trainlint.frameworks.torch.module import parameters_of
from trainlint.model import Place
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class GroupValue(DictValue):
    """A dictionary of `optimizer.param_groups`. Writing its rate is a change of the learning rate."""

    __slots__ = ("optimizer",)

    def __init__(self, entries: Mapping[str, Value], optimizer: Optimizer) -> None:
        super().__init__({k: (Const(k), v) for k, v in entries.items()})
        self.optimizer = optimizer

    def __copy__(self) -> DictValue:
        """A copy belongs to no optimizer."""
        return DictValue(self.cells, self.origin, self.open)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        changed = self.optimizer.state.get("lr_changed") or self.optimizer.state.get("scheduled")
        if changed and isinstance(key, Const) and key.value == "lr":
            return Unknown("a learning rate that changes during the run")
        return super().get_item(run, key)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, key, value)
        if isinstance(key, Const) and key.value == "lr":
            change_rate(run, self.optimizer)


def change_rate(run: Interpreter, optimizer: Optimizer) -> None:
    """Record that code sets the rate itself: a schedule written by hand, stepped here."""
    changed: tuple[Place, ...] = optimizer.state.get("lr_changed", ())
    place = Place(run.here, "lr")
    if place not in changed:
        run.write(optimizer.state, "lr_changed", (*changed, place))
    schedules = [s for s in run.program.schedules if s.name == "manual" and s.optimizer is optimizer]
    schedule = schedules[0] if schedules else Schedule("manual", run.here, optimizer, rescales=True)
    if not schedules:
        run.program.schedules.append(schedule)
    run.event(EventKind.SCHEDULE_STEP, schedule)


def union(sets: Iterable[ParameterSet], complete: bool = True) -> ParameterSet:
    """All of several parameter sets, each parameter and module once."""
    parameters: dict[int, Any] = {}
    modules: dict[int, Any] = {}
    for s in sets:
        parameters.update((id(p), p) for p in s.parameters)
        modules.update((id(m), m) for m in s.modules)
        complete = complete and s.complete
    return ParameterSet(tuple(parameters.values()), tuple(modules.values()), complete)


def _group_dicts(run: Interpreter, params: Value) -> list[DictValue] | None:
    """The dictionaries of `[{"params": ...}, ...]`, or None where the value is parameters themselves."""
    if isinstance(params, DictValue):
        return [params]
    if isinstance(params, ListValue | TupleValue) and params.elements:
        dicts = [e for e in params.elements if isinstance(e, DictValue)]
        return dicts or None
    return None


def whole(run: Interpreter, params: Value, groups: Iterable[ParamGroup]) -> ParameterSet:
    """All parameters of an optimizer, with the modules that only several groups together hold entirely."""
    dicts = _group_dicts(run, params)
    together = union(g.parameters for g in groups)
    if dicts is None:
        return together
    parts = [entries["params"] for d in dicts if "params" in (entries := d.strings())]
    return ParameterSet(together.parameters, parameters_of(run, ListValue(parts)).modules, together.complete)


def groups_of(run: Interpreter, params: Value, lr: Fact[float]) -> tuple[ParamGroup, ...]:
    """The parameter groups that an optimizer's first argument stands for; lr: the optimizer's default rate."""
    dicts = _group_dicts(run, params)
    if dicts is None:
        return (ParamGroup(lr, parameters_of(run, params)),)
    for inner in dicts:
        if (
            isinstance(inner, GroupValue) and inner.optimizer is not None
        ):  # an optimizer that works on another one's groups
            run.write(inner.optimizer.state, "wrapped", True)
    groups = []
    for entry in dicts:
        entries = entry.strings()
        own: dict[str, Fact[float]] = {
            name: run.number(entries[name], name) for name in ("lr", "weight_decay") if name in entries
        }
        owned = parameters_of(run, entries["params"]) if "params" in entries else ParameterSet(complete=False)
        groups.append(ParamGroup(own.get("lr", lr), owned, own))
    unseen = isinstance(params, ListValue | TupleValue) and (params.open or len(dicts) < len(params.elements))
    if unseen:
        groups.append(ParamGroup(lr, ParameterSet(complete=False)))
    return tuple(groups)


def group_values(
    run: Interpreter,
    optimizer: Optimizer,
    params: Value,
    lr: Value,
    options: Mapping[str, Fact[Any]],
    defaults: Mapping[str, Value] | None = None,
) -> ListValue:
    """`optimizer.param_groups` as a value: a list of dictionaries with every option in them. defaults: options that are
    no numbers."""
    shared: dict[str, Value] = {
        **(defaults or {}),
        **{
            k: Const(f.value, f.origin) if f.known else Unknown(f.why)
            for k, f in options.items()
            if f.value is None or isinstance(f.value, bool | int | float | str)
        },
    }
    dicts = _group_dicts(run, params)
    if dicts is None:
        return ListValue([GroupValue({**shared, "lr": lr, "params": _listed(params)}, optimizer)])
    return ListValue([GroupValue({**shared, "lr": lr, **d.strings()}, optimizer) for d in dicts])


def _listed(params: Value) -> Value:
    """`group["params"]` is a list, also where one tensor or a generator was given."""
    return ListValue([params]) if hasattr(params, "parameter") else params
