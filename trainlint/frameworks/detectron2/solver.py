"""detectron2.solver: the optimizer and the schedule that a config describes.

Source: detectron2's documentation ("detectron2.solver", "Config References").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.detectron2.library import add, function
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_WARMUP = "warmup_factor=0.001, warmup_iters=1000, warmup_method='linear', last_epoch=-1"
SCHEDULES = {
    "WarmupMultiStepLR": add(
        ScheduleClass(
            "detectron2.solver.WarmupMultiStepLR", "batch", f"optimizer, milestones, gamma=0.1, {_WARMUP}"
        )
    ),
    "WarmupCosineLR": add(
        ScheduleClass("detectron2.solver.WarmupCosineLR", "batch", f"optimizer, max_iters, {_WARMUP}")
    ),
}
MULTIPLIER = add(
    ScheduleClass("detectron2.solver.LRMultiplier", "batch", "optimizer, multiplier, max_iter, last_iter=-1")
)


class CurveClass(LibraryClass):
    """fvcore's ParamScheduler: a factor of the rate by the part of training that is done. data: none."""

    __slots__ = ()

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return Unknown("a factor of the rate")


CURVE = add(CurveClass("fvcore.common.param_scheduler.ParamScheduler"))
for _name in ("WarmupParamScheduler", "MultiStepParamScheduler", "CosineParamScheduler", "ConstantParamScheduler",
              "CompositeParamScheduler", "StepParamScheduler", "LinearParamScheduler", "PolynomialDecayParamScheduler",
              "ExponentialParamScheduler"):  # fmt: skip
    add(CurveClass(f"fvcore.common.param_scheduler.{_name}", (CURVE,)))


def setting(run: Interpreter, config: Value, path: str) -> Value:
    """A setting of a config by its dotted name; Unknown where it is not known."""
    for name in path.split("."):
        config = run.get_attr(config, name)
    return config


@function("build_optimizer")
def build_optimizer(run: Interpreter, args: Args) -> Value:
    """SGD with the rate, momentum and decay of `cfg.SOLVER`; single parameters may have a decay of their own."""
    given = args.bind("cfg", "model")
    config, model = given.get("cfg", _NONE), given.get("model", _NONE)
    names = {"lr": "BASE_LR", "momentum": "MOMENTUM", "nesterov": "NESTEROV", "weight_decay": "WEIGHT_DECAY"}
    options = {key: setting(run, config, f"SOLVER.{name}") for key, name in names.items()}
    params = run.call_method(model, "parameters")
    made = run.call(run.library_name("torch.optim.SGD"), Args([params], options))
    return clipping(run, config, made)


@function("get_default_optimizer_params")
def _parameters(run: Interpreter, args: Args) -> Value:
    """All parameters, with the decay of normalisation layers and biases apart."""
    return run.call_method(args.bind("model").get("model", _NONE), "parameters")


@function("maybe_add_gradient_clipping")
def _clipping(run: Interpreter, args: Args) -> Value:
    given = args.bind("cfg", "optimizer")
    return clipping(run, given.get("cfg", _NONE), given.get("optimizer", _NONE))


def clipping(run: Interpreter, config: Value, optimizer: Value) -> Value:
    """The optimizer, or class of optimizers, whose step() clips first where `SOLVER.CLIP_GRADIENTS.ENABLED`."""
    enabled = setting(run, config, "SOLVER.CLIP_GRADIENTS.ENABLED").truth(run)
    if enabled is False:
        return optimizer
    if not isinstance(optimizer, Instance):
        return Native("optimizer with clipping", lambda r, a: clipping(r, config, r.call(optimizer, a)))
    if enabled is None:
        run.escape(optimizer, "a clipping that the config may ask for")
        return optimizer
    plain = run.get_attr(optimizer, "step")

    def step(r: Interpreter, args: Args) -> Value:
        clip(r, config, optimizer)
        return r.call(plain, args)

    run.write(optimizer.attrs, "step", Native("step", step))
    return optimizer


def clip(run: Interpreter, config: Value, optimizer: Instance) -> None:
    """`CLIP_TYPE` value or norm (of each parameter by itself), bounded by `CLIP_VALUE`."""
    kind = setting(run, config, "SOLVER.CLIP_GRADIENTS.CLIP_TYPE")
    groups = run.get_attr(optimizer, "param_groups")
    listed = groups.elements if isinstance(groups, ListValue) else ()
    params = ListValue([run.get_item(group, Const("params")) for group in listed], open=not listed)
    bound = setting(run, config, "SOLVER.CLIP_GRADIENTS.CLIP_VALUE")
    if isinstance(kind, Const) and kind.value in ("value", "norm"):
        name = "clip_grad_value_" if kind.value == "value" else "clip_grad_norm_"
        run.call(run.library_name(f"torch.nn.utils.{name}"), Args([params, bound]))
    else:
        run.escape(optimizer, "a clipping by the project")


@function("build_lr_scheduler")
def build_schedule(run: Interpreter, args: Args) -> Value:
    """The schedule that `SOLVER.LR_SCHEDULER_NAME` names."""
    given = args.bind("cfg", "optimizer")
    config, optimizer = given.get("cfg", _NONE), given.get("optimizer", _NONE)
    name = setting(run, config, "SOLVER.LR_SCHEDULER_NAME")
    cls = SCHEDULES.get(str(name.value)) if isinstance(name, Const) else None
    if cls is None:
        return run.call(MULTIPLIER, Args([optimizer]))
    options = {
        "warmup_factor": "WARMUP_FACTOR",
        "warmup_iters": "WARMUP_ITERS",
        "warmup_method": "WARMUP_METHOD",
    }
    if cls is SCHEDULES["WarmupMultiStepLR"]:
        options |= {"milestones": "STEPS", "gamma": "GAMMA"}
    else:
        options |= {"max_iters": "MAX_ITER"}
    return run.call(
        cls,
        Args(
            [],
            {"optimizer": optimizer, **{k: setting(run, config, f"SOLVER.{v}") for k, v in options.items()}},
        ),
    )


def is_config(value: Value) -> bool:
    """Whether a value is a config, as `@configurable` asks."""
    return as_dict(value) is not None or isinstance(value, Unknown)
