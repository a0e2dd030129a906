"""keras.optimizers: what constructing one says, and what apply_gradients(), minimize() and writing its rate mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Clipping, Optimizer, ParameterSet, ParamGroup, Schedule
from trainlint.frameworks.keras import gradients, rates
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.optimizer_tables import ADDONS, BY_TEXT, KERAS, RENAMED, TENSORFLOW
from trainlint.frameworks.signature import signature
from trainlint.model import Location
from trainlint.semantics.definitions import dotted_name
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NUMBERS = (
    "learning_rate",
    "momentum",
    "weight_decay",
    "epsilon",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "decay",
)
CLIPS = {"clipnorm": "norm", "global_clipnorm": "norm", "clipvalue": "value"}
BASE_NAME = "keras.optimizers.Optimizer"


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
        rewritten = local and any(
            run.class_attribute(instance.cls, name) is not None
            for name in ("update_step", "_resource_apply_dense", "apply_gradients", "get_updates")
        )
        nothing: Fact[float] = unknown("the optimizer's constructor was not reached")
        instance.data = Optimizer(
            dotted_name(instance.cls),
            "" if rewritten else self.family,
            instance.location,
            nothing,
            nothing,
            nothing,
            parameters=ParameterSet(complete=False),
        )
        instance.data.state["rewritten"] = rewritten
        instance.data.state["waiting"] = True  # until compile() or an update gives it parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = table.bind(_renamed(args))
        options = table.facts(run, bound, NUMBERS, skip=("name",))
        fill(run, instance, options, bound)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        from trainlint.frameworks.keras.optimizer_methods import METHODS

        method = METHODS.get(name)
        if method is not None:
            return Native(f"{self.qualname}.{name}", lambda r, args: method(r, instance, args))
        if name in ("learning_rate", "lr", "_learning_rate"):
            return rates.variable(instance)
        fact = instance.data.options.get(name)
        if fact is not None and fact.known:
            return Const(fact.value, fact.origin)
        return Unknown(f"{name} of {self.qualname}") if name in ("iterations", "name", "variables") else None

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        nearest = instance.library_classes()[0] is self  # the classes above it are told as well
        if nearest and name in _OWN and instance.data.state.get("rewritten"):
            own_option(run, instance.data, name, value)
        if nearest and name in ("learning_rate", "lr") and instance.data in run.program.optimizers:
            rates.change(run, instance.data, value)


_OWN = ("weight_decay", "momentum")
"""What a class of the program that writes its own updates keeps under its usual name."""


def own_option(run: Interpreter, optimizer: Optimizer, name: str, value: Value) -> None:
    """`self.momentum = momentum`, `self._set_hyper("learning_rate", rate)` in such a class."""
    if name == "learning_rate":
        optimizer.lr = run.number(value, name)
        rates.attach(run, optimizer, value)
    elif name in _OWN:
        setattr(optimizer, name, run.number(value, name))


def _renamed(args: Args) -> Args:
    keywords = {RENAMED.get(name, name): value for name, value in args.keywords.items()}
    return Args(args.positional, keywords, args.open)


def fill(
    run: Interpreter, instance: Instance, options: dict[str, Fact[Any]], bound: dict[str, Value]
) -> None:
    """Complete an optimizer's fact from its constructor's arguments and put it on the program's record."""
    optimizer: Optimizer = instance.data
    options = {name: _zero(fact) if name == "weight_decay" else fact for name, fact in options.items()}
    given = bound.get("learning_rate")
    if isinstance(given, Const) and isinstance(given.value, str):  # the name, first in TensorFlow 2.0 to 2.10
        options["learning_rate"], given = unknown("no learning rate is given"), None
    optimizer.lr = options.get("learning_rate") or unknown("no learning rate is given")
    optimizer.momentum = options.get("momentum") or Fact(known=True)
    optimizer.weight_decay = options.get("weight_decay") or unknown("no weight decay is given")
    if optimizer.state.get("rewritten") and "weight_decay" not in bound:
        optimizer.weight_decay = unknown("the program's own class makes the updates")
    optimizer.options = options
    optimizer.state["default_rate"] = given is None
    if given is not None:
        rates.attach(run, optimizer, given)
    decay = options.get("decay")
    if decay is not None and decay.value:
        rates.decays(run, optimizer, decay)
    optimizer.groups = (ParamGroup(optimizer.lr, optimizer.parameters),)
    optimizer.state["made_in"] = run.passes
    optimizer.state["root"] = run.root
    optimizer.state["branches"] = run.branches
    optimizer.state["clippings"] = tuple(clippings(run, optimizer, options))
    if optimizer not in run.program.optimizers:
        run.program.optimizers.append(optimizer)
    if run.program.framework == "other":
        run.program.framework = "keras"


def _zero(fact: Fact[Any]) -> Fact[Any]:
    """`weight_decay=None` is none at all."""
    return Fact(0.0, fact.origin, "", True) if fact.known and fact.value is None else fact


def clippings(run: Interpreter, optimizer: Optimizer, options: dict[str, Fact[Any]]) -> list[Clipping]:
    """The clipping that an optimizer does by itself before every update."""
    made = []
    for name, kind in CLIPS.items():
        fact = options.get(name)
        if fact is None or (fact.known and fact.value is None):
            continue
        made.append(Clipping(kind, optimizer.location, fact, optimizer.parameters))
    run.program.clippings.extend(made)
    return made


def hold(optimizer: Optimizer, parameters: ParameterSet) -> None:
    """Let an optimizer hold these parameters, beside those that it holds already."""
    optimizer.state["waiting"] = False
    before = [optimizer.parameters] if optimizer.parameters.parameters else []
    optimizer.parameters = gradients.union([*before, parameters])
    optimizer.groups = (ParamGroup(optimizer.lr, optimizer.parameters),)
    for clipping in optimizer.state.get("clippings", ()):
        clipping.subject = optimizer.parameters


def update(run: Interpreter, optimizer: Optimizer | None, *, by: str | None = None) -> None:
    """One update of the weights, with what the optimizer does around it: clip, step, next rate."""
    options: dict[str, Any] = {"by": by} if by else {}
    if optimizer is not None:
        every = optimizer.options.get("gradient_accumulation_steps")
        if every is not None and not (every.known and every.value is None):
            options["every"] = every
    if optimizer is None:
        run.event(EventKind.STEP, None, by=by or "unknown")
        return
    for clipping in optimizer.state.get("clippings", ()):
        run.event(EventKind.CLIP, clipping)
    run.event(EventKind.STEP, optimizer, **options)
    for schedule in (optimizer.state.get("schedule"), *optimizer.state.get("other_schedules", ())):
        if isinstance(schedule, Schedule):
            run.event(EventKind.SCHEDULE_STEP, schedule)


BASE = OptimizerClass(
    BASE_NAME, "", KERAS[0][2].replace("learning_rate=0.01, momentum=0.0, nesterov=False", "learning_rate")
)
CLASSES: dict[str, OptimizerClass] = {
    name: OptimizerClass(f"keras.optimizers.{name}", family, parameters, BASE)
    for name, family, parameters in KERAS
}
LIBRARY.add(BASE)
for _name, _cls in CLASSES.items():
    LIBRARY.add(_cls, f"keras.optimizers.legacy.{_name}", f"keras.optimizers.experimental.{_name}")
for _name in (
    "adam",
    "sgd",
    "rmsprop",
    "adamax",
    "adagrad",
    "adadelta",
    "nadam",
    "adamw",
):  # functions of Keras 1
    LIBRARY.entries[f"keras.optimizers.{_name}"] = CLASSES[BY_TEXT[_name]]
for _name, _family, _parameters in TENSORFLOW:
    LIBRARY.add(
        OptimizerClass(f"tensorflow.train.{_name}", _family, _parameters, BASE),
        f"tensorflow.compat.v1.train.{_name}",
    )
for _name, _family, _parameters in ADDONS:
    LIBRARY.add(OptimizerClass(f"tensorflow_addons.optimizers.{_name}", _family, _parameters, BASE))


# -- what `compile(optimizer=...)` is given


def resolve(run: Interpreter, value: Value, location: Location) -> Instance | None:
    """The optimizer that a text, class or object stands for; None where it is not known."""
    if isinstance(value, Instance) and isinstance(value.data, Optimizer):
        return value
    if isinstance(value, OptimizerClass):
        return made(run, value, location, value.origin)
    if isinstance(value, Const) and isinstance(value.value, str):
        name = BY_TEXT.get(value.value) or BY_TEXT.get(value.value.lower())
        return made(run, CLASSES[name], location, value.origin) if name is not None else None
    return None


def texts(value: Value | None) -> dict[str, Value]:
    """The entries of a dictionary with text keys; none of anything else."""
    return value.strings() if isinstance(value, DictValue) else {}


def made(run: Interpreter, cls: OptimizerClass, location: Location, origin: Origin) -> Instance:
    """An optimizer with all defaults, that the library makes of a name."""
    instance = Instance(cls, location)
    instance.origin = origin
    cls.allocate(run, instance)
    cls.construct(run, instance, Args())
    return instance


@LIBRARY.function("keras.optimizers.get", "keras.optimizers.deserialize")
def get(run: Interpreter, args: Args) -> Value:
    """`keras.optimizers.get("adam")`, or a dictionary of class_name and config."""
    identifier = args.bind("identifier").get("identifier", Unknown("an optimizer"))
    entries = texts(identifier)
    given = entries.get("class_name")
    if isinstance(given, Const):
        name = BY_TEXT.get(str(given.value).rsplit(">", 1)[-1].lower())
        config = texts(entries.get("config"))
        if name is not None:
            return run.call(CLASSES[name], Args([], {k: v for k, v in config.items() if k != "name"}))
    return resolve(run, identifier, run.here) or Unknown("an optimizer")


@LIBRARY.function(
    "tensorflow_addons.optimizers.Lookahead",
    "tensorflow_addons.optimizers.SWA",
    "tensorflow_addons.optimizers.MovingAverage",
    "tensorflow.tpu.CrossShardOptimizer",
    "tensorflow.train.SyncReplicasOptimizer",
)
def wrapped_optimizer(run: Interpreter, args: Args) -> Value:
    """A wrapper that averages weights or gradients: rates and updates are those of the optimizer within."""
    inner = args.positional[0] if args.positional else None
    return inner or args.keywords.get("optimizer", args.keywords.get("opt", Unknown("an optimizer")))


@LIBRARY.function(
    "keras.mixed_precision.LossScaleOptimizer",
    "keras.mixed_precision.experimental.LossScaleOptimizer",
    "keras.optimizers.LossScaleOptimizer",
    "keras.optimizers.legacy.LossScaleOptimizer",
    "tensorflow.train.experimental.enable_mixed_precision_graph_rewrite",
    "tensorflow.compat.v1.train.experimental.enable_mixed_precision_graph_rewrite",
)
def loss_scale_optimizer(run: Interpreter, args: Args) -> Value:
    """A wrapper that scales the loss for half precision: the optimizer within is what matters."""
    run.event(EventKind.AUTOCAST, enabled=True)
    return (
        args.positional[0]
        if args.positional
        else args.keywords.get("inner_optimizer", Unknown("an optimizer"))
    )
