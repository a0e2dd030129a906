"""keras.optimizers.schedules: rates by the number of updates made, stepped by the optimizer itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Schedule
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.rates import peak_of
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.schedule_table import SAMPLED_STEPS
from trainlint.semantics.definitions import ClassValue, dotted_name
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Rule = Callable[[Schedule, dict[str, Fact[Any]]], None]
PREFIX = "keras.optimizers.schedules."
NUMBERS = ("initial_learning_rate", "learning_rate", "decay_steps", "decay_rate", "end_learning_rate", "alpha",
           "warmup_target", "warmup_steps", "first_decay_steps", "t_mul", "m_mul")  # fmt: skip


def decays(schedule: Schedule, options: dict[str, Fact[Any]]) -> None:
    """From the initial rate downwards."""
    schedule.warmup = False
    schedule.options["initial"] = options["initial_learning_rate"]


def by_factor(schedule: Schedule, options: dict[str, Fact[Any]]) -> None:
    """ExponentialDecay: downwards for a factor of at most 1."""
    decays(schedule, options)
    rate = options["decay_rate"].value
    schedule.rescales = not isinstance(rate, int | float) or rate > 1


def cosine(schedule: Schedule, options: dict[str, Fact[Any]]) -> None:
    """CosineDecay: with `warmup_target` it rises to that first."""
    decays(schedule, options)
    target = options.get("warmup_target")
    if target is not None and not (target.known and target.value is None):
        schedule.warmup = True
        schedule.peak = peak_of([options["initial_learning_rate"], target])


def restarts(schedule: Schedule, options: dict[str, Fact[Any]]) -> None:
    """CosineDecayRestarts: every restart begins at m_mul times the rate of the one before."""
    decays(schedule, options)
    factor = options["m_mul"].value
    schedule.rescales = not isinstance(factor, int | float) or factor > 1


def pieces(schedule: Schedule, options: dict[str, Fact[Any]]) -> None:
    """PiecewiseConstantDecay: the largest of the values."""
    fact = options["values"]
    values = fact.value if isinstance(fact.value, tuple | list) else ()
    facts: list[Fact[Any]] = [known(v, fact.origin) for v in values]
    schedule.options["initial"] = facts[0] if facts else unknown("the values are not known")
    schedule.peak = peak_of(facts)
    schedule.warmup = None if schedule.peak.value is None else values[0] < schedule.peak.value


TABLE: tuple[tuple[str, str, Rule], ...] = (
    ("ExponentialDecay", "initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None", by_factor),
    ("InverseTimeDecay", "initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None", decays),
    ("PolynomialDecay", ("initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, "
     "name=None"), decays),
    ("CosineDecay", ("initial_learning_rate, decay_steps, alpha=0.0, name=None, warmup_target=None, warmup_steps=0"),
     cosine),
    ("CosineDecayRestarts", ("initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None"),
     restarts),
    ("PiecewiseConstantDecay", "boundaries, values, name=None", pieces),
)  # fmt: skip
"""Name, signature, rule: documentation of keras.optimizers.schedules, Keras 3.15."""


class ScheduleClass(LibraryClass):
    """A schedule of the library, or (without rule) the base class of local ones, which define `__call__(step)`."""

    __slots__ = ("parameters", "rule")

    def __init__(self, qualname: str, parameters: str, rule: Rule | None, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.parameters, self.rule = parameters, rule

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if instance.data is None:
            instance.data = Schedule(dotted_name(instance.cls), instance.location, None, "batch")
            instance.data.rescales = self.rule is None
            run.program.schedules.append(instance.data)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if self.rule is None:
            return
        table = signature(self.parameters)
        schedule: Schedule = instance.data
        schedule.options = table.facts(run, table.bind(args), NUMBERS, skip=("name",))
        self.rule(schedule, schedule.options)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        fact = instance.data.options.get(name)
        if fact is not None and fact.known and isinstance(fact.value, int | float | str):
            return Const(fact.value, fact.origin)
        if name == "get_config":
            return Native(
                f"{self.qualname}.get_config", lambda r, args: Unknown("the configuration of a schedule")
            )
        return None

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        """`self.decay_schedule = schedule` in a schedule of the program's own."""
        if isinstance(value, Instance) and isinstance(value.data, Schedule) and value is not instance:
            _becomes_part(value.data)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        function = run.frame.function
        owner = function.owner if function is not None else None
        if isinstance(owner, ClassValue) and BASE in owner.library_lineage:
            _becomes_part(instance.data)
        return Unknown("a scheduled learning rate")


def _becomes_part(schedule: Schedule) -> None:
    """It is a part of the program's own schedule."""
    schedule.options = {**schedule.options, "part": known(True)}


def sample(run: Interpreter, function: Value, schedule: Schedule) -> None:
    """What a rule written by hand (step -> rate) says of the largest rate and of warmup."""
    values: list[Fact[Any]] = []
    for position, number in enumerate(SAMPLED_STEPS):
        result = run.call(function, Args([Const(number)]))
        if isinstance(result, Const) and isinstance(result.value, int | float):
            values.append(Fact(float(result.value), result.origin, "", True))
        elif position > 0:
            return  # a formula may be undefined at step 0 only
    rates = [f.value for f in values if f.value is not None]
    if not rates or (len(rates) > 1 and rates[-1] == max(rates) > max(rates[:-1])):
        return  # how far it grows depends on the length of the run
    schedule.rescales = False
    schedule.peak = peak_of(values)
    schedule.warmup = rates[0] < 0.5 * max(rates)
    schedule.options = {**schedule.options, "initial": values[0]}


BASE = ScheduleClass(f"{PREFIX}LearningRateSchedule", "", None)
LIBRARY.add(BASE)
for _name, _parameters, _rule in TABLE:
    LIBRARY.add(ScheduleClass(f"{PREFIX}{_name}", _parameters, _rule, BASE), f"keras.experimental.{_name}")

_TF1: tuple[tuple[str, str, str], ...] = (
    ("exponential_decay", "ExponentialDecay", "learning_rate, global_step, decay_steps, decay_rate"),
    ("polynomial_decay", "PolynomialDecay", "learning_rate, global_step, decay_steps"),
    ("inverse_time_decay", "InverseTimeDecay", "learning_rate, global_step, decay_steps, decay_rate"),
    ("cosine_decay", "CosineDecay", "learning_rate, global_step, decay_steps"),
)
"""Functions of TensorFlow 1: name, the class that computes the same, leading arguments."""


def _function(name: str, cls: LibraryClass, parameters: str) -> None:
    @LIBRARY.function(f"tensorflow.train.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        bound = args.bind(*parameters.split(", "))
        given = {k: v for k, v in bound.items() if k != "global_step"}
        if "learning_rate" in given:
            given["initial_learning_rate"] = given.pop("learning_rate")
        return run.call(cls, Args([], given))


for _name, _class, _parameters in _TF1:
    _function(_name, LIBRARY.entries[PREFIX + _class], _parameters)  # type: ignore[arg-type]
