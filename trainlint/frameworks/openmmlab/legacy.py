"""mmcv.runner of mmcv 1.x: build_optimizer, runners that call `train_step`, and the hooks that make updates and schedules.

Source: mmcv 1.x's documentation ("Runner") and its reference of mmcv.runner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Schedule
from trainlint.frameworks.openmmlab.library import LIBRARY, add, function
from trainlint.frameworks.openmmlab.optimizing import clip
from trainlint.frameworks.openmmlab.registry import build, root
from trainlint.frameworks.openmmlab.runner import Data, mode
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_RUNNER = ("model", "batch_processor", "optimizer", "work_dir", "logger", "meta", "max_iters", "max_epochs")
_EVALUATION = "mmcv.runner.EvalHook"
_UPDATE = "mmcv.runner.OptimizerHook"


@function("build_optimizer")
def build_optimizer(run: Interpreter, args: Args) -> Value:
    """`build_optimizer(model, cfg)`: an optimizer of all the model's parameters, or of groups by `paramwise_cfg`."""
    given = args.bind("model", "cfg")
    entries = as_dict(given.get("cfg", _NONE))
    if entries is None:
        return Unknown("an optimizer whose config is not known", method="optimizer")
    options = entries.strings()
    if "paramwise_cfg" in options or "constructor" in options:
        run.gap("parameter groups", "a constructor of groups is not followed")
    kept = {k: v for k, v in options.items() if k not in ("paramwise_cfg", "constructor")}
    params = run.call_method(_inner(given.get("model", _NONE)), "parameters")
    return build(run, root(run, "OPTIMIZERS"), DictValue.of(kept), {"params": params})


@function("MMDataParallel", "MMDistributedDataParallel")
def _parallel(run: Interpreter, args: Args) -> Value:
    return run.call(run.library_name("torch.nn.DataParallel"), Args(args.positional[:1]))


def _inner(model: Value) -> Value:
    """The network within a wrapper for several devices; of alternatives the one that is seen."""
    if isinstance(model, UnionValue):
        seen = list(dict.fromkeys(_inner(v) for v in model.alternatives if isinstance(v, Instance)))
        return seen[0] if len(seen) == 1 else model
    wrapped = model.attrs.get("module") if isinstance(model, Instance) else None
    return wrapped if isinstance(wrapped, Instance) else model


# -- hooks


class HookClass(LibraryClass):
    """A hook; its arguments are kept under their names. names: of the positional ones; amp: in mixed precision."""

    __slots__ = ("amp", "names")

    def __init__(
        self, qualname: str, names: tuple[str, ...], *bases: LibraryClass, amp: bool = False
    ) -> None:
        super().__init__(qualname, bases)
        self.names, self.amp = names, amp

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data = {**args.keywords, **args.bind(*self.names)}
        run.write(instance.data, "<amp>", Const(self.amp))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name.startswith(("every_n_", "end_of_", "is_last_")):
            return Native(name, lambda r, args: Unknown(f"{name}()"))
        return super().attribute(run, instance, name)


HOOK = add(HookClass("mmcv.runner.Hook", ()))
EVALUATION = add(HookClass(_EVALUATION, ("dataloader", "start", "interval")), "DistEvalHook")
UPDATE = add(HookClass(_UPDATE, ("grad_clip",)), "DistOptimizerHook")
add(HookClass("mmcv.runner.Fp16OptimizerHook", ("grad_clip",), UPDATE, amp=True))
add(HookClass("mmcv.runner.GradientCumulativeOptimizerHook", ("cumulative_iters",), UPDATE))
_POLICIES = ("Fixed", "Step", "Exp", "Poly", "Inv", "CosineAnnealing", "FlatCosineAnnealing", "CosineRestart", "Cyclic",
             "OneCycle", "LinearAnnealing")  # fmt: skip


def _warming(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    warmup = bound.get("warmup", _NONE)
    schedule.warmup = warmup.value is not None if isinstance(warmup, Const) else None


_SCHEDULE = "optimizer, by_epoch=True, warmup=None, warmup_iters=0, warmup_ratio=0.1"
for _policy in _POLICIES:
    add(ScheduleClass(f"mmcv.runner.{_policy}LrUpdaterHook", None, _SCHEDULE, _warming))


# -- runners


class LegacyRunnerClass(LibraryClass):
    """EpochBasedRunner and IterBasedRunner. data: the arguments, and what was registered, by name."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*_RUNNER)
        instance.data = {**given, "<evaluations>": (), "<hooks>": ()}
        for name in ("model", "optimizer", "work_dir", "meta"):
            run.write(instance.attrs, name, given.get(name, _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is not None:
            return Native(f"mmcv.runner.{name}", lambda r, args: method(r, instance, args))
        if name.startswith(("register_", "load_", "resume", "save_")):
            return Native(name, lambda r, args: _NONE)
        return Unknown(f"runner.{name}")


for _name in ("EpochBasedRunner", "IterBasedRunner"):
    add(LegacyRunnerClass(f"mmcv.runner.{_name}"))


@function("build_runner")
def build_runner(run: Interpreter, args: Args) -> Value:
    """`build_runner(cfg, default_args)`"""
    given = args.bind("cfg", "default_args")
    entries, defaults = as_dict(given.get("cfg", _NONE)), as_dict(given.get("default_args", _NONE))
    if entries is None or defaults is None:
        run.escape_args(args, "build_runner")
        return Unknown("a runner whose config is not known")
    kind = entries.strings().get("type", _NONE)
    words = kind.alternatives if isinstance(kind, UnionValue) else (kind,)
    known = [LIBRARY.entries.get(f"mm.{word.value}") for word in words if isinstance(word, Const)]
    cls = next(
        (each for each in known if each is not None), None
    )  # a name that nothing bears ends in an error
    if isinstance(cls, LegacyRunnerClass):
        options = {k: v for k, v in entries.strings().items() if k != "type"}
        return run.call(cls, Args([], {**defaults.strings(), **options}))
    return build(run, root(run, "RUNNERS"), entries, defaults.strings())


def _training_hooks(run: Interpreter, runner: Instance, args: Args) -> Value:
    given = args.bind("lr_config", "optimizer_config", "checkpoint_config", "log_config", "momentum_config")
    for name in ("lr_config", "optimizer_config"):
        run.write(runner.data, name, given.get(name, _NONE))
    return _NONE


def _one_hook(name: str, run: Interpreter, runner: Instance, args: Args) -> Value:
    run.write(runner.data, name, args.positional[0] if args.positional else _NONE)
    return _NONE


def _hook(run: Interpreter, runner: Instance, args: Args) -> Value:
    """An evaluation is kept, and a hook of the program's own, whose methods the run calls; any other may do anything with the
    network."""
    hook = args.positional[0] if args.positional else args.keywords.get("hook", _NONE)
    if isinstance(hook, Instance) and hook.is_a(_EVALUATION):
        loader = hook.data.get("dataloader", _NONE) if isinstance(hook.data, dict) else _NONE
        run.write(runner.data, "<evaluations>", (*runner.data["<evaluations>"], loader))
    elif isinstance(hook, Instance) and isinstance(hook.cls, ClassValue) and not hook.cls.open:
        run.write(runner.data, "<hooks>", (*runner.data["<hooks>"], hook))
    elif not isinstance(hook, Unknown):
        run.escape(_inner(runner.data.get("model", _NONE)), "a hook of the runner")
    return _NONE


def _schedule(run: Interpreter, runner: Instance) -> tuple[Value, str]:
    """The schedule that `lr_config` describes, and how often it sets the rate."""
    entries = as_dict(runner.data.get("lr_config", _NONE))
    if entries is None:
        return _NONE, "epoch"
    given = dict(entries.strings())
    policy = given.pop("policy", _NONE)
    word = str(policy.value) if isinstance(policy, Const) else ""
    cls = LIBRARY.entries.get(f"mm.{word.title() if word == word.lower() else word}LrUpdaterHook")
    if cls is None:
        return Unknown("a schedule"), "epoch"
    kept = {k: v for k, v in given.items() if k in ("by_epoch", "warmup", "warmup_iters", "warmup_ratio")}
    made = run.call(cls, Args([], {"optimizer": runner.data.get("optimizer", _NONE), **kept}))
    return made, "batch" if given.get("by_epoch", Const(True)).truth(run) is False else "epoch"


def _updates(run: Interpreter, runner: Instance) -> Value:
    """The `grad_clip` of the optimizer's hook; mixed precision and accumulation are noted."""
    config = runner.data.get("optimizer_config", _NONE)
    if isinstance(config, UnionValue):  # a device that is not known decides between hooks of one config
        run.event(EventKind.AUTOCAST, enabled=None)
        config = next((v for v in config.alternatives if as_dict(v) is not None), _NONE)
    if isinstance(config, Instance) and config.is_a(_UPDATE) and isinstance(config.data, dict):
        given: dict[str, Value] = config.data
    else:
        entries = as_dict(config)
        given = entries.strings() if entries is not None else {}
    kind = given.get("type", _NONE)
    if given.get("<amp>", Const(False)).truth(run) or (isinstance(kind, Const) and "Fp16" in str(kind.value)):
        run.event(EventKind.AUTOCAST, enabled=True)
    every, optimizer = given.get("cumulative_iters"), runner.data.get("optimizer", _NONE)
    if every is not None and isinstance(optimizer, Instance) and hasattr(optimizer.data, "state"):
        run.write(optimizer.data.state, "every", run.fact(every))
    return given.get("grad_clip", _NONE)


def _run(run: Interpreter, runner: Instance, args: Args) -> Value:
    """`runner.run(data_loaders, workflow)`: epochs, in them batches and updates; evaluations between them."""
    model, optimizer = _inner(runner.data.get("model", _NONE)), runner.data.get("optimizer", _NONE)
    loaders = args.bind("data_loaders", "workflow", "max_epochs").get("data_loaders", _NONE)
    if not isinstance(model, Instance):
        run.escape_args(args, "a runner whose model is not known")
        return _NONE
    first = (
        loaders.elements[0] if isinstance(loaders, ListValue | TupleValue) and loaders.elements else loaders
    )
    data, bounds = Data(run, first), _updates(run, runner)
    schedule, unit = _schedule(run, runner)

    def step(moment: str) -> None:
        if unit == moment and isinstance(schedule, Instance):
            run.call_method(schedule, "step")

    def hooks(moment: str) -> None:
        for hook in runner.data["<hooks>"]:
            if run.class_attribute(hook.cls, moment) is not None:
                run.call_method(hook, moment, runner)

    def batch(number: int) -> None:
        if runner.is_a("mmcv.runner.IterBasedRunner"):
            mode(run, model, True)
        hooks("before_train_iter")
        outputs = run.call_method(model, "train_step", data.draw(), optimizer)
        if not isinstance(optimizer, DictValue):  # of several, `train_step` makes the updates itself
            loss = run.get_item(outputs, Const("loss"))
            run.call_method(optimizer, "zero_grad")
            run.call_method(loss, "backward")
            clip(run, bounds, optimizer)
            run.call_method(optimizer, "step")
        step("batch")
        hooks("after_train_iter")

    def epoch(number: int) -> None:
        mode(run, model, True)
        hooks("before_train_epoch")
        repeat(run, batch, over="loader", target=data.loader)
        step("epoch")
        hooks("after_train_epoch")
        for loader in runner.data["<evaluations>"]:
            _evaluate(run, model, loader)

    most = runner.data.get("max_epochs", _NONE)
    counted = isinstance(most, Const) and isinstance(most.value, int)
    repeat(run, epoch, length=most.value if counted and isinstance(most, Const) else None)
    return _NONE


def _evaluate(run: Interpreter, model: Instance, loader: Value) -> None:
    """`single_gpu_test`: evaluation mode, no graph, `model(return_loss=False, **data)`."""
    data, before = Data(run, loader), run.grad_enabled
    mode(run, model, False)
    run.set_grad(False)

    def batch(number: int) -> None:
        entries = as_dict(data.draw())
        given = entries.strings() if entries is not None else {}
        run.call(model, Args([], {**given, "return_loss": Const(False)}, entries is None or entries.open))

    repeat(run, batch, over="loader", target=data.loader)
    run.set_grad(before)


def _learning_rate(run: Interpreter, runner: Instance, args: Args) -> Value:
    return _one_hook("lr_config", run, runner, args)


def _optimizer_hook(run: Interpreter, runner: Instance, args: Args) -> Value:
    return _one_hook("optimizer_config", run, runner, args)


_METHODS: dict[str, Callable[[Interpreter, Instance, Args], Value]] = {
    "run": _run,
    "register_training_hooks": _training_hooks,
    "register_hook": _hook,
    "register_lr_hook": _learning_rate,
    "register_optimizer_hook": _optimizer_hook,
}
