"""The learning rate of a Keras optimizer: a number, a schedule, a variable, and what writing it later means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.torch.groups import change_rate
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DECAY = "keras.optimizers.schedules.InverseTimeDecay"


def attach(run: Interpreter, optimizer: Optimizer, value: Value) -> None:
    """Take over the rate that a constructor was given, where it is no plain number."""
    from trainlint.frameworks.keras import schedules

    schedule = value.data if isinstance(value, Instance) else None
    if isinstance(value, Instance) and isinstance(schedule, Schedule):
        schedule.optimizer = optimizer
        own = run.class_attribute(value.cls, "__call__")
        if own is not None and "initial" not in schedule.options:
            schedules.sample(run, value, schedule)
        optimizer.lr = schedule.options.get("initial", unknown("a schedule sets the rate"))
        optimizer.state["schedule"] = schedule
        optimizer.state["scheduled"] = True
    elif isinstance(value, UnionValue):
        _attach_one(run, optimizer, value)
    elif isinstance(value, Tensor):
        optimizer.lr = _constant(value)
    elif value.types() is not None and value.types()[0] in ("function", "method"):  # type: ignore[index]
        optimizer.lr = run.number(run.call(value, Args()), "learning_rate")


def _attach_one(run: Interpreter, optimizer: Optimizer, value: UnionValue) -> None:
    """Take over one of several rates, of which a choice that is not known takes one: all its schedules are stepped, but for
    those that are parts of others."""
    before, found = optimizer.lr, []
    for each in value.alternatives:
        attach(run, optimizer, each)
        schedule = each.data if isinstance(each, Instance) else None
        if isinstance(schedule, Schedule):
            found.append(schedule)
    optimizer.lr = before
    whole = [schedule for schedule in found if "part" not in schedule.options]
    for schedule in found:
        if schedule not in whole:
            schedule.optimizer = None
    if whole:
        optimizer.state["schedule"], *others = whole
        optimizer.state["other_schedules"] = tuple(others)


def _constant(tensor: Tensor) -> Fact[float]:
    """The number that a variable (`tf.Variable(0.01)`) starts with."""
    node = tensor.node
    while node.inputs and "value" not in node.options:
        node = node.inputs[0]
    fact = node.options.get("value")
    if fact is None or not isinstance(fact.value, int | float):
        return unknown("the rate is a tensor")
    return Fact(float(fact.value), fact.origin, "", True)


def decays(run: Interpreter, optimizer: Optimizer, decay: Fact[Any]) -> None:
    """`decay=` of Keras 1 and 2: the rate is divided by 1 + decay * updates."""
    schedule = Schedule(DECAY, optimizer.location, optimizer, "batch", False, options={"decay_rate": decay})
    run.program.schedules.append(schedule)
    optimizer.state["schedule"] = schedule
    optimizer.state["scheduled"] = True


class RateVariable(LibraryClass):
    """`optimizer.learning_rate`: reads as a number, and can be assigned."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("assign", "assign_sub", "assign_add"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _assigned(r, instance))
        if name in ("numpy", "read_value", "value"):
            return Native(f"{self.qualname}.{name}", lambda r, args: current(instance))
        return None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        rate = current(instance)
        return run.operate(op, other, rate) if reflected else run.operate(op, rate, other)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return Unknown("a scheduled learning rate")


RATE = RateVariable("keras.Variable")


def variable(owner: Instance) -> Instance:
    """The rate of an optimizer as an object."""
    made = Instance(RATE, owner.location)
    made.data = owner
    return made


def current(rate: Instance) -> Value:
    """The rate as a number, as long as nothing changes it."""
    owner = rate.data
    optimizer = owner.data if isinstance(owner, Instance) else None
    if not isinstance(optimizer, Optimizer) or not optimizer.lr.known:
        return Unknown("a learning rate")
    if optimizer.state.get("lr_changed") or optimizer.state.get("scheduled"):
        return Unknown("a learning rate that changes during the run")
    return Const(optimizer.lr.value, optimizer.lr.origin)


def _assigned(run: Interpreter, instance: Instance) -> Value:
    owner = instance.data
    if isinstance(owner, Instance) and isinstance(owner.data, Optimizer):
        change_rate(run, owner.data)
    return Const(None)


def change(run: Interpreter, optimizer: Optimizer, value: Value) -> None:
    """`optimizer.learning_rate = value`: another schedule, or a number set by hand."""
    if isinstance(value, Instance) and isinstance(value.data, Schedule):
        attach(run, optimizer, value)
    else:
        change_rate(run, optimizer)


def is_rate(value: Value) -> bool:
    """Whether it is the rate of an optimizer."""
    return isinstance(value, Instance) and value.cls is RATE


@LIBRARY.function("keras.backend.set_value", "keras.backend.update", "tensorflow.assign")
def set_value(run: Interpreter, args: Args) -> Value:
    """`K.set_value(model.optimizer.lr, value)`; other variables are weights that are written by hand."""
    target = args.positional[0] if args.positional else args.keywords.get("x", Unknown("a variable"))
    if is_rate(target):
        assert isinstance(target, Instance)
        return _assigned(run, target)
    run.escape(target, "keras.backend.set_value")
    return Const(None)


@LIBRARY.function("keras.backend.get_value", "keras.backend.eval")
def get_value(run: Interpreter, args: Args) -> Value:
    """`K.get_value(x)`: the same data as an array, or the rate as a number."""
    value = args.positional[0] if args.positional else Unknown("a variable")
    if is_rate(value):
        assert isinstance(value, Instance)
        return current(value)
    return value


def peak_of(values: list[Fact[Any]]) -> Fact[float]:
    """The largest of several rates, if all are known."""
    numbers = [f for f in values if isinstance(f.value, int | float)]
    if len(numbers) < len(values) or not numbers:
        return unknown("a rate of the schedule is not known")
    best = max(numbers, key=lambda f: f.value or 0.0)
    return known(float(best.value or 0.0), best.origin)
