"""The optimizer, schedule and clipping that a Trainer makes of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Clipping, Optimizer
from trainlint.frameworks.deepspeed.optimizing import from_config, option, schedule_from_config
from trainlint.frameworks.huggingface.arguments import warmup
from trainlint.frameworks.huggingface.arguments_table import OPTIMIZERS
from trainlint.frameworks.huggingface.deepspeed_config import config_of
from trainlint.frameworks.huggingface.optimization import BY_TYPE
from trainlint.frameworks.signature import number
from trainlint.frameworks.torch.module import parameters_of
from trainlint.frameworks.torch.optim import OptimizerClass, symbolic_optimizer
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.frameworks.torch.tree import is_module
from trainlint.model import Location
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def field(run: Interpreter, trainer: Instance, name: str) -> Value:
    """A field of the trainer's arguments."""
    args = trainer.attrs.get("args")
    return run.get_attr(args, name) if args is not None else Unknown(f"args.{name}")


def fact(run: Interpreter, trainer: Instance, name: str) -> Fact[Any]:
    """A numeric field of the trainer's arguments."""
    return number(run, field(run, trainer, name), name)


def is_none(value: Value | None) -> bool:
    """Whether nothing was given."""
    return value is None or (isinstance(value, Const) and value.value is None)


def place_of(trainer: Instance) -> Location:
    """Where the options stand that optimizer and clipping are made of: the arguments' constructor."""
    args = trainer.attrs.get("args")
    return args.location if isinstance(args, Instance) else trainer.location


def made_at(run: Interpreter, cls: LibraryClass, place: Location, args: Args) -> Instance:
    """An object of a library that another object of a library makes, with a place of its own."""
    instance = Instance(cls, place)
    cls.allocate(run, instance)
    cls.construct(run, instance, args)
    return instance


def create_optimizer(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.create_optimizer`: as `optim` says, over the parameters of the model."""
    current = trainer.attrs.get("optimizer")
    if not is_none(current) and current is not None:
        return current
    model = trainer.attrs.get("model", Unknown("the model"))
    params = run.call_method(model, "parameters") if is_module(model) else Unknown("the model's parameters")
    chosen = trainer.attrs.get("optimizer_cls_and_kwargs")
    if isinstance(chosen, TupleValue) and len(chosen.elements) == 2:
        cls, more = chosen.elements
        made = run.call(cls, Args([params], more.strings() if isinstance(more, DictValue) else {}, False))
    else:
        made = _by_name(run, trainer, params)
    run.set_instance_attribute(trainer, "optimizer", made)
    return made


def _by_name(run: Interpreter, trainer: Instance, params: Value) -> Value:
    config = config_of(run, trainer)
    if config is not None:
        made = from_config(run, config, params, place_of(trainer))
        if made is not None:
            return made
    cls, options = chosen_by(run, field(run, trainer, "optim"), lambda name: field(run, trainer, name))
    if cls is None:
        return symbolic_optimizer(run, _class(BASE), "optim is not known")
    return made_at(run, cls, place_of(trainer), Args([params], options))


def chosen_by(
    run: Interpreter, optim: Value, field_of: Callable[[str], Value]
) -> tuple[OptimizerClass | None, dict[str, Value]]:
    """The class that `optim` names, and the arguments that a Trainer gives it; None for the class that is not known."""
    kind = "adafactor" if field_of("adafactor").truth(run) is True else str(run.fact(optim).value)
    cls = run.library_name(OPTIMIZERS[kind]) if kind in OPTIMIZERS else None
    if not isinstance(cls, OptimizerClass):
        return None, {}
    options: dict[str, Value] = {"lr": field_of("learning_rate")}
    if "adam" in kind and kind != "adafactor":
        betas = [field_of(n) for n in ("adam_beta1", "adam_beta2")]
        options |= {"betas": TupleValue(betas), "eps": field_of("adam_epsilon")}
    if kind == "adafactor":
        options |= {"scale_parameter": Const(False), "relative_step": Const(False)}
    options["weight_decay"] = field_of("weight_decay")
    return cls, options | _parsed(field_of("optim_args"))


def _class(cls: LibraryClass) -> OptimizerClass:
    assert isinstance(cls, OptimizerClass)
    return cls


def _parsed(value: Value) -> dict[str, Value]:
    """`optim_args="momentum=0.9,nesterov=True"`"""
    text = value.value if isinstance(value, Const) and isinstance(value.value, str) else ""
    found: dict[str, Value] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, given = part.partition("=")
        try:
            found[name] = Const(float(given), value.origin)
        except ValueError:
            found[name] = Const(given.lower() in ("true", "1", "yes"), value.origin)
    return found


def warmup_steps(run: Interpreter, trainer: Instance) -> Value:
    """Warmup as a number of steps."""
    return warmup(run, trainer.attrs.get("args", Unknown("args")))


def create_scheduler(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.create_scheduler`: as `lr_scheduler_type` says."""
    current = trainer.attrs.get("lr_scheduler")
    if not is_none(current) and current is not None:
        return current
    bound = args.bind("num_training_steps", "optimizer")
    optimizer = bound.get("optimizer")
    if optimizer is None or is_none(optimizer):
        optimizer = trainer.attrs.get("optimizer", Unknown("the optimizer"))
    config = config_of(run, trainer)
    made = schedule_from_config(run, config, optimizer, place_of(trainer)) if config is not None else None
    if made is not None:
        run.set_instance_attribute(trainer, "lr_scheduler", made)
        return made
    name = str(run.fact(field(run, trainer, "lr_scheduler_type")).value)
    cls = run.library_name(f"transformers.{BY_TYPE.get(name, 'get_scheduler')}")
    options = {
        "optimizer": optimizer,
        "num_training_steps": bound.get("num_training_steps", Unknown("steps")),
    }
    if name not in ("constant", "reduce_lr_on_plateau"):
        options["num_warmup_steps"] = warmup_steps(run, trainer)
    assert isinstance(cls, ScheduleClass)
    made = made_at(run, cls, place_of(trainer), Args([], options))
    share = field(run, trainer, "warmup_ratio")
    if made.data.warmup is None and isinstance(share, Const) and share.value:
        made.data.warmup = True
    if name not in BY_TYPE:
        made.data.rescales = True
    run.set_instance_attribute(trainer, "lr_scheduler", made)
    return made


def clipping(run: Interpreter, trainer: Instance) -> Clipping | None:
    """Clipping by max_grad_norm; None where it is 0 or None."""
    config = config_of(run, trainer)
    limit: Fact[float] = fact(run, trainer, "max_grad_norm")
    if config is not None:  # DeepSpeed clips, as its own configuration says
        limit = option(run, config, "gradient_clipping")
    if limit.known and not limit.value:
        return None
    model = trainer.attrs.get("model", Unknown("the model"))
    made = Clipping("norm", place_of(trainer), limit, parameters_of(run, model))
    run.program.clippings.append(made)
    return made


def updates_every(run: Interpreter, trainer: Instance) -> Fact[int]:
    """How many backward passes make an update."""
    found: Fact[int] = fact(run, trainer, "gradient_accumulation_steps")
    return found if found.known and found.value is not None else unknown("gradient_accumulation_steps")


def optimizer_of(trainer: Instance) -> Optimizer | None:
    """The optimizer's fact, where it is known."""
    held = trainer.attrs.get("optimizer")
    data = held.data if isinstance(held, Instance) else None
    return data if isinstance(data, Optimizer) else None
