"""torch.optim: optimizers, their parameter groups, and what step() and zero_grad() mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainlint.facts.coverage import MADE_BEFORE
from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Optimizer, ParamGroup
from trainlint.frameworks.signature import number, signature
from trainlint.frameworks.torch.checkpoints import CheckpointPart
from trainlint.frameworks.torch.groups import group_values, groups_of, union, whole
from trainlint.frameworks.torch.steps import hook, run_hooks, wrap_local_methods
from trainlint.semantics.builtin_attributes import has_open_names
from trainlint.semantics.definitions import dotted_name
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NUMBERS = ("lr", "momentum", "weight_decay", "eps")
OPTIMIZER = "torch.optim.Optimizer"


class StateOf(Unknown):
    """The state_dict() of an object: opaque, but whose it is stays known."""

    __slots__ = ("source",)

    def __init__(self, source: Instance) -> None:
        super().__init__(f"state_dict() of {source.describe()}")
        self.source = source


class OptimizerClass(LibraryClass):
    """An optimizer of a library. family: key of facts/rates.py; parameters: its documented signature."""

    __slots__ = ("family", "parameters")

    def __init__(self, qualname: str, family: str, parameters: str, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.family = family
        self.parameters = parameters

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if instance.data is not None:
            return
        local = not isinstance(instance.cls, LibraryClass)
        rewritten = local and run.class_attribute(instance.cls, "step") is not None
        nothing: Fact[float] = unknown("the optimizer's constructor was not reached")
        instance.data = Optimizer(
            # One that adds to Adam and keeps its update rule is Adam.
            name=self.qualname if local and self.family and not rewritten else dotted_name(instance.cls),
            family="" if rewritten else self.family,
            location=instance.location,
            lr=nothing,
            momentum=nothing,
            weight_decay=nothing,
        )

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = table.bind(args)
        defaults = bound.get("defaults")
        if isinstance(defaults, DictValue):  # torch.optim.Optimizer.__init__(params, defaults)
            bound.update(defaults.strings())
        options = table.facts(run, bound, NUMBERS, skip=("params", "defaults"))
        for name in NUMBERS:
            if isinstance(defaults, DictValue) and name in bound:
                options[name] = number(run, bound[name], name)
        params = bound.get("params", Unknown("the parameters are not given"))
        more = defaults.strings() if isinstance(defaults, DictValue) else {}
        fill(run, instance, options, params, bound.get("lr"), more)
        instance.data.state["made_in"] = run.passes
        instance.data.state["root"] = run.root
        instance.data.state["branches"] = run.branches
        instance.data.state[MADE_BEFORE] = len(run.program.modules)
        wrap_local_methods(run, instance)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is not None:
            return Native(f"{self.qualname}.{name}", lambda r, args: method(r, instance, args))
        if name in ("state", "defaults", "param_groups"):
            return Unknown(f"{name} of {self.qualname}")
        return None

    def without(self, instance: Instance, name: str) -> bool:
        """An optimizer of torch has what the documentation says, and what code sets; a wrapper (Accelerate's) stands for
        it too, and has it as `optimizer`."""
        if not self.qualname.startswith("torch.optim.") or name.startswith("_") or has_open_names(instance):
            return False
        return name not in _METHODS and name != "optimizer" and not name.startswith(("register_", "profile_"))


def fill(
    run: Interpreter,
    instance: Instance,
    options: dict[str, Fact[Any]],
    params: Value,
    lr: Value | None,
    defaults: Mapping[str, Value] | None = None,
) -> None:
    """Complete an optimizer's fact from its constructor's arguments and put it on the program's record. defaults: what an
    optimizer of the project gives all groups (functions and flags of its own too)."""
    optimizer: Optimizer = instance.data
    options = {name: _single(fact) if name in NUMBERS else fact for name, fact in options.items()}
    optimizer.lr = options.get("lr") or unknown("no learning rate is given")
    optimizer.momentum = options.get("momentum") or Fact(known=True)
    optimizer.weight_decay = options.get("weight_decay") or unknown("no weight decay is given")
    optimizer.options = options
    optimizer.groups = groups_of(run, params, optimizer.lr)
    optimizer.parameters = whole(run, params, optimizer.groups)
    if (
        not optimizer.lr.origin
        and optimizer.groups
        and all(g.lr is not optimizer.lr for g in optimizer.groups)
    ):
        optimizer.lr = _shared_rate(optimizer.groups)  # the default is nobody's rate
    optimizer.state["frozen"] = tuple(
        p for p in optimizer.parameters.parameters if p.requires_grad is not True
    )
    if lr is None:
        lr = Const(optimizer.lr.value) if optimizer.lr.known else Unknown("the learning rate")
    groups = group_values(run, optimizer, params, lr, options, defaults)
    run.write(instance.attrs, "param_groups", groups)
    if optimizer not in run.program.optimizers:
        run.program.optimizers.append(optimizer)
    if run.program.framework == "other":
        run.program.framework = "torch"


def _shared_rate(groups: tuple[ParamGroup, ...]) -> Fact[float]:
    """The one rate of all groups."""
    rates = {g.lr.value for g in groups}
    known = all(g.lr.known for g in groups) and len(rates) == 1
    return groups[0].lr if known else unknown("each parameter group has a rate of its own")


def _single(fact: Fact[Any]) -> Fact[Any]:
    """A number's fact; a list or text in its place is an error of the program, and no number."""
    number = fact.value is None or isinstance(fact.value, int | float)
    return fact if number else unknown("it is no number")


def symbolic_optimizer(run: Interpreter, cls: OptimizerClass, why: str) -> Instance:
    """An optimizer that the code does not show: nothing is known of it, but its calls are events."""
    instance = Instance(cls, run.here)
    instance.data = _unseen(run, why)
    instance.attrs["param_groups"] = group_values(run, instance.data, Unknown(why), Unknown(why), {})
    return instance


def _unseen(run: Interpreter, why: str) -> Optimizer:
    nothing: Fact[float] = unknown(why)
    optimizer = Optimizer(
        OPTIMIZER, "", run.here, nothing, nothing, nothing, parameters=union([], False), symbolic=True
    )
    run.program.optimizers.append(optimizer)
    return optimizer


def step(run: Interpreter, instance: Instance, args: Args, by: str | None = None, **more: Any) -> Value:
    """`optimizer.step(closure=None)`: the closure runs first, then the update. more: options of the event."""
    hooked = "step" not in instance.attrs  # else around the local class's own
    if hooked:
        run_hooks(run, instance, "before")
    closure = args.bind("closure").get("closure")
    result: Value = Const(None)
    called = closure is not None and not (isinstance(closure, Const) and closure.value is None)
    if closure is not None and called and closure.types() != ("builtin_function_or_method", "object"):
        result = run.call(closure, Args())
    options: dict[str, Any] = {"by": by, **more} if by else {}
    if called:
        options["closure"] = True
    if "every" in instance.data.state:
        options["every"] = _whole(instance.data.state["every"])
    run.event(EventKind.STEP, instance.data, **options)
    if hooked:
        run_hooks(run, instance, "after")
    return result


def _whole(every: Fact[int]) -> Fact[int]:
    """How many steps make an update, if that is a number that makes sense."""
    fits = isinstance(every.value, int | float) and math.isfinite(every.value) and every.value >= 1
    return Fact(int(every.value or 1), every.origin, "", True) if fits else unknown("steps for each update")


def scaled_step(run: Interpreter, value: Value, args: Args, by: str, **more: Any) -> Value:
    """A step that goes through another object (GradScaler, Accelerator): `by` names it, `more` tells more of it."""
    if isinstance(value, Instance) and isinstance(value.data, Optimizer):
        local = value.attrs.get("step")
        if local is None:
            return step(run, value, args, by, **more)
        before = len(run.program.events)
        result = run.call(local, args)
        for event in run.program.events[before:]:
            if event.kind is EventKind.STEP and event.target is value.data and not event.options:
                event.options.update(by=by, **more)
        return result
    if isinstance(value, Instance):
        return run.call_method(value, "step", *args.positional)
    run.event(EventKind.STEP, _stand_in(run, value), by=by, **more)
    return Const(None)


def _stand_in(run: Interpreter, value: Value) -> Optimizer:
    """The optimizer that a value must be, because it is stepped as one; the same one for the same value."""
    known: dict[int, tuple[Value, Optimizer]] = run.memo.setdefault("torch.stand_ins", {})
    if id(value) not in known:
        known[id(value)] = (value, _unseen(run, value.describe()))
    return known[id(value)][1]


def _zero_grad(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("set_to_none")
    options: dict[str, Any] = (
        {"set_to_none": run.fact(given["set_to_none"])} if "set_to_none" in given else {}
    )
    run.event(EventKind.ZERO_GRAD, instance.data, **options)
    return Const(None)


def _add_param_group(run: Interpreter, instance: Instance, args: Args) -> Value:
    optimizer: Optimizer = instance.data
    group = args.bind("param_group").get("param_group", Unknown("a parameter group"))
    added = groups_of(run, ListValue([group]), optimizer.lr)
    optimizer.groups = (*optimizer.groups, *added)
    optimizer.parameters = union(g.parameters for g in optimizer.groups)
    groups = instance.attrs.get("param_groups")
    if isinstance(groups, ListValue):
        lr = Const(optimizer.lr.value) if optimizer.lr.known else Unknown("the learning rate")
        more = group_values(run, optimizer, ListValue([group]), lr, optimizer.options)
        run.write(groups.cells, "elements", (*groups.elements, *more.elements))
    return Const(None)


def _state_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    return StateOf(instance)


def _load_state_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.LOAD, instance.data, may_fail=run.trying())
    state = args.bind("state_dict").get("state_dict")
    if isinstance(state, CheckpointPart):
        run.write(state.whole.state, "optimizer", state.key)
    return Const(None)


def _mode(run: Interpreter, instance: Instance, args: Args) -> Value:
    """train() and eval() of schedule-free optimizers."""
    return instance


_METHODS = {
    "step": step,
    "zero_grad": _zero_grad,
    "add_param_group": _add_param_group,
    "state_dict": _state_dict,
    "load_state_dict": _load_state_dict,
    "register_step_pre_hook": hook("before"),
    "register_step_post_hook": hook("after"),
    "train": _mode,
    "eval": _mode,
}
