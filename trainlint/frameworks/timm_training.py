"""timm's helpers for training, after its documentation: optimizers and schedules by name, parameter groups, losses,
loaders, mixup, the scaler that steps, and averaged networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.facts.training import Schedule
from trainlint.frameworks.signature import signature
from trainlint.frameworks.timm import LIBRARY
from trainlint.frameworks.torch.averaging import average_of
from trainlint.frameworks.torch.losses import LossClass
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.frameworks.torch.schedules import step as schedule_step
from trainlint.frameworks.torchvision.layers.build import operation
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Native, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NONE = Const(None)

# -- parameter groups and optimizers

_GROUPS = "timm.optim.optim_factory"


def _split(run: Interpreter, model: Value, weight_decay: Value) -> ListValue | None:
    """Two groups: vectors and biases without weight decay, all else with it; None if the parameters are not known."""
    items = run.call_method(model, "named_parameters").iterate(run)
    if not items.exact:
        return None
    plain: list[Value] = []
    decayed: list[Value] = []
    for pair in items.values:
        parts = pair.elements if isinstance(pair, TupleValue) else ()
        if len(parts) != 2 or not isinstance(parts[1], Tensor):
            return None
        name, tensor = parts[0], parts[1]
        assert isinstance(tensor, Tensor)
        if tensor.parameter is not None and tensor.parameter.requires_grad is False:
            continue
        text = str(name.value) if isinstance(name, Const) else ""
        short = tensor.shape is not None and len(tensor.shape) <= 1
        (plain if short or text.endswith(".bias") else decayed).append(tensor)
    first = DictValue.of({"params": ListValue(plain), "weight_decay": Const(0.0)})
    return ListValue([first, DictValue.of({"params": ListValue(decayed), "weight_decay": weight_decay})])


@LIBRARY.function(f"{_GROUPS}.add_weight_decay", f"{_GROUPS}.param_groups_weight_decay",
                  "timm.optim.param_groups_weight_decay", "timm.optim.add_weight_decay")  # fmt: skip
def groups_by_decay(run: Interpreter, args: Args) -> Value:
    """`add_weight_decay(model, 0.05)`"""
    given = args.bind("model", "weight_decay")
    model = given.get("model", Unknown("model"))
    made = _split(run, model, given.get("weight_decay", Const(1e-5)))
    return made if made is not None else run.call_method(model, "parameters")


NAMES: dict[str, tuple[str, dict[str, object]]] = {
    "sgd": ("torch.optim.SGD", {"nesterov": True}), "nesterov": ("torch.optim.SGD", {"nesterov": True}),
    "momentum": ("torch.optim.SGD", {}), "adam": ("torch.optim.Adam", {}), "adamw": ("torch.optim.AdamW", {}),
    "adamax": ("torch.optim.Adamax", {}), "adadelta": ("torch.optim.Adadelta", {}),
    "adagrad": ("torch.optim.Adagrad", {}), "rmsprop": ("torch.optim.RMSprop", {}),
    "radam": ("torch.optim.RAdam", {}), "nadamw": ("torch.optim.NAdam", {"decoupled_weight_decay": True}),
    "lamb": ("timm.optim.Lamb", {}), "lars": ("timm.optim.Lars", {}), "adamp": ("timm.optim.AdamP", {}),
    "sgdp": ("timm.optim.SGDP", {}), "adabelief": ("timm.optim.AdaBelief", {}), "lion": ("timm.optim.Lion", {}),
}  # fmt: skip
"""Class and options by the name that `create_optimizer` takes."""
WITH_MOMENTUM = frozenset({"sgd", "nesterov", "momentum", "rmsprop", "lars", "sgdp"})


def _created(run: Interpreter, model: Value, given: dict[str, Value]) -> Value:
    """The optimizer that `create_optimizer_v2` makes of these arguments."""
    name = given.get("opt", Const("sgd"))
    text = str(name.value).lower().removeprefix("lookahead_") if isinstance(name, Const) else ""
    if text not in NAMES:
        run.escape_args(Args([model]), "timm.optim.create_optimizer()")
        return Unknown("timm.optim.create_optimizer() with this name")
    qualname, options = NAMES[text]
    decay = given.get("weight_decay", Const(0.0))
    keywords: dict[str, Value] = {key: Const(value) for key, value in options.items()}
    params: Value | None = None
    if given.get("filter_bias_and_bn", Const(True)).truth(run) is not False and decay.truth(run) is not False:
        params = _split(run, model, decay)
    if params is None:
        takes = isinstance(model, Instance) and run.call_method(model, "parameters")
        params = takes or model
        keywords["weight_decay"] = decay
    else:
        keywords["weight_decay"] = Const(0.0)
    for key in ("lr", "eps", "betas"):
        value = given.get(key)
        if value is not None and not (isinstance(value, Const) and value.value is None):
            keywords[key] = value
    if text in WITH_MOMENTUM:
        keywords["momentum"] = given.get("momentum", Const(0.9))
        keywords.pop("betas", None)
        if text != "rmsprop":
            keywords.pop("eps", None)
    return run.call(run.library_name(qualname), Args([params], keywords))


@LIBRARY.function("timm.optim.create_optimizer", f"{_GROUPS}.create_optimizer")
def create_optimizer(run: Interpreter, args: Args) -> Value:
    """`create_optimizer(args, model)`: args.opt, args.lr, args.weight_decay, args.momentum, args.opt_eps, args.opt_betas."""
    bound = args.bind("args", "model", "filter_bias_and_bn")
    config, model = bound.get("args", Unknown("args")), bound.get("model", Unknown("model"))
    names = {"opt": "opt", "lr": "lr", "weight_decay": "weight_decay", "momentum": "momentum",
             "eps": "opt_eps", "betas": "opt_betas"}  # fmt: skip
    given = {key: run.get_attr(config, name) for key, name in names.items()}
    if "filter_bias_and_bn" in bound:
        given["filter_bias_and_bn"] = bound["filter_bias_and_bn"]
    for key in ("eps", "betas", "momentum"):  # options that a parser may lack
        if isinstance(given[key], Unknown):
            given.pop(key)
    return _created(run, model, given)


@LIBRARY.function("timm.optim.create_optimizer_v2", f"{_GROUPS}.create_optimizer_v2")
def create_optimizer_v2(run: Interpreter, args: Args) -> Value:
    """`create_optimizer_v2(model, opt="adamw", lr=1e-3, weight_decay=0.05)`"""
    given = args.bind(
        "model_or_params", "opt", "lr", "weight_decay", "momentum", "foreach", "filter_bias_and_bn"
    )
    return _created(run, given.pop("model_or_params", Unknown("model")), given)


_ADAM = "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0"
for _name, _family, _parameters in (
    ("Lamb", "", "params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps=1e-06, weight_decay=0.01"),
    ("Lars", "", "params, lr=1.0, momentum=0, dampening=0, weight_decay=0, nesterov=False"),
    ("AdamP", "", _ADAM), ("AdaBelief", "", _ADAM), ("AdamW", "adamw", f"{_ADAM.rsplit('=', 1)[0]}=0.01"),
    ("SGDP", "", "params, lr=0.1, momentum=0, dampening=0, weight_decay=0, nesterov=False, eps=1e-08"),
    ("Lion", "lion", "params, lr=0.0001, betas=(0.9, 0.99), weight_decay=0.0"),
):  # fmt: skip
    LIBRARY.add(
        OptimizerClass(f"timm.optim.{_name}", _family, _parameters), f"timm.optim.{_name.lower()}.{_name}"
    )

# -- schedules


class TimmSchedule(ScheduleClass):
    """A schedule that counts epochs (`step(epoch)`) or updates (`step_update(n)`), as `t_in_epochs` says."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        schedule: Schedule = instance.data
        warm = schedule.options.get("warmup_t")
        schedule.warmup = bool(warm.value) if warm is not None and warm.known else None

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("step", "step_update"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _stepped(r, instance, args, name))
        if name in ("get_cycle_length", "get_epoch_values", "_get_values"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return super().attribute(run, instance, name)


def _stepped(run: Interpreter, instance: Instance, args: Args, name: str) -> Value:
    schedule: Schedule = instance.data
    fact = schedule.options.get("t_in_epochs")
    in_epochs = True if fact is None else fact.value
    if in_epochs is None or bool(in_epochs) == (name == "step"):
        return schedule_step(run, instance, Args(args.positional[:1]) if len(args.positional) > 1 else Args())
    return NONE


_WARM = "warmup_t=0, warmup_lr_init=0, warmup_prefix=False, cycle_limit=0, t_in_epochs=True, noise_range_t=None, " \
    "noise_pct=0.67, noise_std=1.0, noise_seed=42, initialize=True, k_decay=1.0, cycle_mul=1.0, cycle_decay=1.0"  # fmt: skip
for _name, _module, _own in (
    ("CosineLRScheduler", "cosine_lr", "t_initial, lr_min=0.0, "), ("TanhLRScheduler", "tanh_lr", "t_initial, lb=-7.0, ub=3.0, lr_min=0.0, "),
    ("PolyLRScheduler", "poly_lr", "t_initial, power=0.5, lr_min=0.0, "), ("StepLRScheduler", "step_lr", "decay_t, decay_rate=1.0, "),
    ("MultiStepLRScheduler", "multistep_lr", "decay_t, decay_rate=1.0, "),
    ("PlateauLRScheduler", "plateau_lr", "decay_rate=0.1, patience_t=10, mode='max', lr_min=0, "),
):  # fmt: skip
    _class = TimmSchedule(f"timm.scheduler.{_name}", None, f"optimizer, {_own}{_WARM}")
    LIBRARY.add(_class, f"timm.scheduler.{_module}.{_name}")
SCHEDULES = {
    "cosine": ("CosineLRScheduler", "t_initial"), "tanh": ("TanhLRScheduler", "t_initial"),
    "poly": ("PolyLRScheduler", "t_initial"), "step": ("StepLRScheduler", "decay_t"),
    "multistep": ("MultiStepLRScheduler", "decay_t"), "plateau": ("PlateauLRScheduler", ""),
}  # fmt: skip
"""Class, and its argument for the length, by the name that `create_scheduler` takes."""


def _scheduled(run: Interpreter, optimizer: Value, given: dict[str, Value]) -> Value:
    """(schedule, epochs) as `create_scheduler` returns them."""
    name, epochs = given.get("sched", Const("cosine")), given.get("epochs", Unknown("epochs"))
    if not isinstance(name, Const) or name.value not in SCHEDULES:
        run.escape_args(Args([optimizer]), "timm.scheduler.create_scheduler()")
        return TupleValue([Unknown("timm.scheduler.create_scheduler()"), epochs])
    cls, length = SCHEDULES[name.value]
    keywords = {
        key: given[old] for key, old in (("warmup_t", "warmup_epochs"), ("lr_min", "min_lr")) if old in given
    }
    if cls in ("StepLRScheduler", "MultiStepLRScheduler"):
        keywords.pop("lr_min", None)
    if length == "t_initial":
        keywords[length] = epochs
    elif length:
        keywords[length] = given.get("decay_epochs", Unknown("decay_epochs"))
    made = run.call(run.library_name(f"timm.scheduler.{cls}"), Args([optimizer], keywords))
    return TupleValue(
        [made, epochs if name.value in ("step", "multistep") else Unknown("the epochs of a schedule")]
    )


@LIBRARY.function("timm.scheduler.create_scheduler", "timm.scheduler.scheduler_factory.create_scheduler")
def create_scheduler(run: Interpreter, args: Args) -> Value:
    """`create_scheduler(args, optimizer)`: args.sched, args.epochs, args.warmup_epochs, args.min_lr, ..."""
    bound = args.bind("args", "optimizer")
    config = bound.get("args", Unknown("args"))
    names = ("sched", "epochs", "warmup_epochs", "min_lr", "decay_epochs")
    given = {name: run.get_attr(config, name) for name in names}
    return _scheduled(run, bound.get("optimizer", Unknown("optimizer")), given)


@LIBRARY.function(
    "timm.scheduler.create_scheduler_v2", "timm.scheduler.scheduler_factory.create_scheduler_v2"
)
def create_scheduler_v2(run: Interpreter, args: Args) -> Value:
    """`create_scheduler_v2(optimizer, sched="cosine", num_epochs=300, ...)`"""
    given = args.bind("optimizer", "sched", "num_epochs", "decay_epochs", "warmup_epochs=", "min_lr=")
    given["epochs"] = given.pop("num_epochs", Const(300))
    return _scheduled(run, given.pop("optimizer", Unknown("optimizer")), given)


# -- losses, mixup, loaders

for _name, _options in (
    ("LabelSmoothingCrossEntropy", "smoothing=0.1"), ("SoftTargetCrossEntropy", ""),
    ("JsdCrossEntropy", "num_splits=3, alpha=12, smoothing=0.1"),
):  # fmt: skip
    for _place in ("timm.loss", "timm.loss.cross_entropy"):
        LIBRARY.add(
            LossClass(f"timm.loss.{_name}", "logits", "multiclass", "x, target", _options),
            f"{_place}.{_name}",
        )
LIBRARY.add(
    LossClass(
        "timm.loss.BinaryCrossEntropy",
        "logits",
        "binary",
        "x, target",
        "smoothing=0.1, target_threshold=None",
    )
)


class Mixup(LibraryClass):
    """`samples, targets = mixup_fn(samples, targets)`: mixed pictures, and a share for each class."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = "mixup_alpha, cutmix_alpha, cutmix_minmax, prob, switch_prob, mode, correct_lam, label_smoothing, num_classes"
        given = signature(table).bind(args)
        run.write(instance.attrs, "num_classes", given.get("num_classes", Const(1000)))

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.bind("x", "target")
        x, target = given.get("x", Unknown("x")), given.get("target", Unknown("target"))
        shape = x.shape if isinstance(x, Tensor) else None
        mixed = operation(run, instance, Op.AUGMENT, "mixup", [x], shape)
        soft = operation(run, instance, Op.UNKNOWN, "soft_targets", [target])
        return TupleValue([mixed, soft])


LIBRARY.add(Mixup("timm.data.Mixup"), "timm.data.mixup.Mixup")


@LIBRARY.function("timm.data.create_loader", "timm.data.loader.create_loader")
def create_loader(run: Interpreter, args: Args) -> Value:
    """`create_loader(dataset, input_size, batch_size, is_training=False)`: shuffled and without the last rest if it trains."""
    given = args.bind("dataset", "input_size", "batch_size", "is_training")
    training = given.get("is_training", Const(False))
    keywords = {
        "batch_size": given.get("batch_size", Unknown("batch_size")),
        "shuffle": training,
        "drop_last": training,
    }
    return run.call(
        run.library_name("torch.utils.data.DataLoader"),
        Args([given.get("dataset", Unknown("dataset"))], keywords),
    )


# -- the scaler that steps, averaged networks


class NativeScaler(LibraryClass):
    """`loss_scaler(loss, optimizer, clip_grad=..., parameters=...)`: backward, clipping and step in one call."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "_scaler", run.call(run.library_name("torch.cuda.amp.GradScaler"), Args()))

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        table = signature(
            "loss, optimizer, clip_grad=None, clip_mode='norm', parameters=None, create_graph=False, need_update=True"
        )
        given = table.bind(args)
        scaler = instance.attrs["_scaler"]
        scaled = run.call_method(scaler, "scale", given.get("loss", Unknown("loss")))
        run.call(
            run.get_attr(scaled, "backward"), Args([], {k: given[k] for k in ("create_graph",) if k in given})
        )
        needed = given.get("need_update", Const(True)).truth(run)
        if needed is None:
            return run.alternatives([lambda: _update(run, scaler, given), lambda: NONE])
        return _update(run, scaler, given) if needed else NONE

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("state_dict", "load_state_dict"):
            return run.get_attr(instance.attrs["_scaler"], name)
        return Const("amp_scaler") if name == "state_dict_key" else None


def _update(run: Interpreter, scaler: Value, given: dict[str, Value]) -> Value:
    optimizer, bound = given.get("optimizer", Unknown("optimizer")), given.get("clip_grad", NONE)
    if not (isinstance(bound, Const) and bound.value is None):
        run.call_method(scaler, "unscale_", optimizer)
        mode = given.get("clip_mode", Const("norm"))
        names = {"norm": "clip_grad_norm_", "value": "clip_grad_value_"}
        name = names.get(str(mode.value)) if isinstance(mode, Const) else None
        parameters = given.get("parameters", Unknown("parameters"))
        if name is not None:
            run.call(run.library_name(f"torch.nn.utils.{name}"), Args([parameters, bound]))
        else:
            run.escape_args(Args([parameters]), "timm.utils.dispatch_clip_grad()")
    run.call_method(scaler, "step", optimizer)
    run.call_method(scaler, "update")
    return NONE


LIBRARY.add(NativeScaler("timm.utils.NativeScaler"), "timm.utils.cuda.NativeScaler")


class ModelEma(LibraryClass):
    """An averaged copy of a network, that follows it."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        model = args.bind("model").get("model", Unknown("the model is not given"))
        copied = average_of(run, model)
        for name in ("ema", "module"):
            run.write(instance.attrs, name, copied)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("update", "set", "to"):
            return Native(f"{self.qualname}.{name}", lambda r, args: NONE)
        return None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return run.call(instance.attrs["module"], args)


for _name in ("ModelEma", "ModelEmaV2", "ModelEmaV3"):
    LIBRARY.add(ModelEma(f"timm.utils.{_name}"), f"timm.utils.model_ema.{_name}")


@LIBRARY.function("timm.utils.get_state_dict", "timm.utils.model.get_state_dict")
def get_state_dict(run: Interpreter, args: Args) -> Value:
    """The weights of a network or of its average."""
    return Unknown("timm.utils.get_state_dict()")
