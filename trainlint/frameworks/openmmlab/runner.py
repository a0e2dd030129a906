"""mmengine.runner.Runner: builds network, optimizer, schedules and batches from a config, and trains.

Source: mmengine's documentation ("Runner", "OptimWrapper", "Parameter scheduler") and its reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Module, Op
from trainlint.facts.training import Loader
from trainlint.frameworks.openmmlab import optimizing
from trainlint.frameworks.openmmlab.hooks import touched
from trainlint.frameworks.openmmlab.library import add
from trainlint.frameworks.openmmlab.registry import build, files, root
from trainlint.frameworks.openmmlab.unseen import unseen
from trainlint.frameworks.torch.batches import Batch
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.imports import ensure
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
PARAMETERS = (
    "model", "work_dir", "train_dataloader", "val_dataloader", "test_dataloader", "train_cfg", "val_cfg", "test_cfg",
    "auto_scale_lr", "optim_wrapper", "param_scheduler", "val_evaluator", "test_evaluator", "default_hooks",
    "custom_hooks", "data_preprocessor", "load_from", "resume", "launcher", "env_cfg", "log_processor", "log_level",
    "visualizer", "default_scope", "randomness", "experiment_name", "cfg",
)  # fmt: skip


class RunnerClass(LibraryClass):
    """Runner(...) or Runner.from_cfg(cfg). data: the arguments by name; a model is built when the runner is."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "from_cfg":
            return Native("Runner.from_cfg", lambda r, args: self._from_config(r, self, args))
        return super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name == "from_cfg":
            return Native("Runner.from_cfg", lambda r, args: self._from_config(r, cls, args))
        return None

    def _from_config(self, run: Interpreter, cls: Value, args: Args) -> Value:
        entries = as_dict(args.positional[0] if args.positional else args.keywords.get("cfg", _NONE))
        if entries is None:
            return Unknown("a runner whose config is not known")
        given = {name: value for name, value in entries.strings().items() if name in PARAMETERS}
        _imports(run, entries)
        return run.call(cls, Args([], {**given, "cfg": entries}))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*PARAMETERS)
        instance.data = given
        config = as_dict(given.get("cfg", _NONE))
        scope = given.get("default_scope") or (
            config.strings().get("default_scope") if config is not None else None
        )
        _scope(run, scope)
        model = given.get("model", _NONE)
        described = as_dict(model)
        if described is not None:
            prepared = given.get("data_preprocessor")
            defaults = {} if prepared is None else {"data_preprocessor": prepared}
            made = build(run, root(run, "MODELS"), model, defaults)
            seen = isinstance(made, Instance) and isinstance(made.data, Module)
            model = made if seen else unseen(run, described.strings().get("type")) or made
        run.write(instance.attrs, "model", model)
        for name in ("cfg", "work_dir"):
            run.write(instance.attrs, name, given.get(name, _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "train":
            return Native("Runner.train", lambda r, args: train(r, instance))
        if name in ("val", "test"):
            return Native(f"Runner.{name}", lambda r, args: evaluate(r, instance, name))
        if name in ("register_hook", "register_custom_hooks"):
            return Native(name, lambda r, args: _hook(r, instance))
        return Unknown(f"runner.{name}")


RUNNER = add(RunnerClass("mmengine.runner.Runner"))


def _hook(run: Interpreter, runner: Instance) -> Value:
    """A hook may do anything with the network."""
    run.escape(runner.attrs.get("model", _NONE), "a hook of the runner")
    return _NONE


def _scope(run: Interpreter, scope: Value | None) -> None:
    """A project's registries stand in its `registry` module or package."""
    if isinstance(scope, Const) and isinstance(scope.value, str):
        for file, dotted in files(run, f"{scope.value}.registry"):
            ensure(run, run.module_at(file, dotted))


def _imports(run: Interpreter, config: DictValue) -> None:
    """`custom_imports = dict(imports=[...])`"""
    wanted = as_dict(config.strings().get("custom_imports", _NONE))
    names = wanted.strings().get("imports", _NONE) if wanted is not None else _NONE
    for name in names.elements if isinstance(names, ListValue | TupleValue) else (names,):
        if isinstance(name, Const) and isinstance(name.value, str):
            _import(run, name.value)


def _import(run: Interpreter, dotted: str) -> None:
    path = run.project.find_module(dotted, 0, run.frame.module.source.path)
    if path is not None:
        ensure(run, run.module_at(path, dotted))


# -- data


class Data:
    """The batches of a loader: one that the code made, or one that a config describes."""

    def __init__(self, run: Interpreter, config: Value) -> None:
        self.run = run
        entries = as_dict(config)
        self.items: Items | None = None
        self.loader: Loader | None = None
        if entries is None:
            self.items = config.iterate(run)
            self.loader = self.items.target if isinstance(self.items.target, Loader) else None
            return
        given = entries.strings()
        size = given.get("batch_size")
        place = size.origin[-1].location if size is not None and size.origin else run.here
        amount: Fact[int] = unknown("no batch size is given")
        if size is not None:
            amount = run.fact(size)
        self.loader = Loader(
            place, amount, _shuffles(run, given), known(False), (), unknown("the size of the data set")
        )
        run.program.loaders.append(self.loader)

    def draw(self) -> Value:
        """One batch."""
        if self.items is not None:
            if self.items.fresh is not None:
                return self.items.fresh()
            return self.items.values[0] if self.items.values else Unknown("a batch")
        run = self.run
        data = run.node(Op.INPUT, "data of the config", attached=False)
        pictures = Batch(run.node(Op.BATCH, "batch", (data,), attached=False), TORCH)
        samples = Batch(run.node(Op.BATCH, "data_samples", (data,), attached=False), TORCH)
        return DictValue.of({"inputs": pictures, "data_samples": ListValue([samples], open=True)})


def _shuffles(run: Interpreter, given: dict[str, Value]) -> Fact[bool]:
    """By the sampler; mmengine's own shuffle unless told otherwise."""
    sampler = as_dict(given.get("sampler", _NONE))
    if sampler is None:
        return run.fact(given["shuffle"]) if "shuffle" in given else known(False)
    own = sampler.strings()
    if "shuffle" in own:
        return run.fact(own["shuffle"])
    kind = own.get("type", _NONE)
    usual = isinstance(kind, Const) and kind.value in ("DefaultSampler", "InfiniteSampler")
    return known(True) if usual else unknown("a sampler decides the order")


# -- training and evaluation


def train(run: Interpreter, runner: Instance) -> Value:
    """Epochs, in them batches and updates; evaluation between them."""
    given: dict[str, Value] = runner.data
    model = runner.attrs.get("model", _NONE)
    if not isinstance(model, Instance):
        return _NONE
    run.call_method(model, "init_weights")
    if _some(given.get("load_from")):
        run.event(EventKind.LOAD, model.data)
    wrapper = optimizing.wrapper_of(run, given.get("optim_wrapper", _NONE), model)
    run.write(runner.attrs, "optim_wrapper", wrapper)
    by_epoch, length = _plan(given)
    schedules = optimizing.schedules_of(run, given.get("param_scheduler", _NONE), wrapper)
    data = Data(run, given.get("train_dataloader", _NONE))
    hooked = touched(run, given.get("custom_hooks", _NONE))
    if hooked == "before":
        run.escape(model, "custom hooks")

    def batch(number: int) -> None:
        run.call_method(model, "train_step", data.draw(), wrapper)
        optimizing.step(run, schedules, "batch")

    def validate() -> None:
        if _some(given.get("val_dataloader")) and _some(given.get("val_cfg", DictValue())):
            evaluate(run, runner, "val")

    def epoch(number: int) -> None:
        mode(run, model, True)
        repeat(run, batch, over="loader", target=data.loader)
        optimizing.step(run, schedules, "epoch")
        validate()

    def iteration(number: int) -> None:
        mode(run, model, True)
        batch(number)
        validate()

    if by_epoch:
        repeat(run, epoch, length=length)
    else:
        repeat(run, iteration, over="loader", target=data.loader)
    if hooked == "after":
        run.escape(model, "custom hooks")
    return model


def _plan(given: dict[str, Value]) -> tuple[bool, int | None]:
    """Whether the loop counts epochs, and how many."""
    plan = as_dict(given.get("train_cfg", _NONE))
    options = plan.strings() if plan is not None else {}
    kind, flag, most = options.get("type", _NONE), options.get("by_epoch"), options.get("max_epochs", _NONE)
    iterations = isinstance(kind, Const) and "Iter" in str(kind.value)
    if flag is not None and isinstance(flag, Const):
        iterations = flag.value is False
    number = most.value if isinstance(most, Const) and isinstance(most.value, int) else None
    return not iterations, number


def _some(value: Value | None) -> bool:
    empty = isinstance(value, ListValue) and not value.elements and not value.open
    return value is not None and not empty and not (isinstance(value, Const) and value.value in (None, False))


def mode(run: Interpreter, model: Instance, training: bool) -> None:
    """Switch the network, with whatever its class does then."""
    run.call_method(model, "train" if training else "eval")


def evaluate(run: Interpreter, runner: Instance, part: str) -> Value:
    """A pass over the data in evaluation mode and without a graph."""
    model = runner.attrs.get("model", _NONE)
    loader = runner.data.get(f"{part}_dataloader", _NONE)
    if not isinstance(model, Instance) or not _some(loader):
        return _NONE
    data, before = Data(run, loader), run.grad_enabled
    mode(run, model, False)
    run.set_grad(False)

    def batch(number: int) -> None:
        run.call_method(model, f"{part}_step", data.draw())

    repeat(run, batch, over="loader", target=data.loader)
    run.set_grad(before)
    return DictValue(open=True)
