"""Packages that only look at what they are given: loggers, trackers, plots, summaries and progress bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.builtin_types import Contents
from trainlint.semantics.dict_methods import METHODS
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.live_dicts import make_vars
from trainlint.semantics.mappings import as_dict, copy_dict, merge
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import BY_OTHERS, DictValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGES = (
    "wandb", "tensorboardX", "tensorboard", "tensorboard_logger", "mlflow", "comet_ml", "neptune", "clearml",
    "aim", "swanlab", "dvclive", "trackio", "visdom", "sacred_logger",
    "logging", "loguru", "structlog", "warnings", "pprint", "termcolor", "colorama", "coloredlogs", "tabulate",
    "prettytable", "texttable", "rich", "icecream",
    "matplotlib", "seaborn", "plotly", "bokeh", "altair", "torchviz", "graphviz", "netron", "hiddenlayer",
    "torchsummary", "torchinfo", "torchsummaryX", "thop", "ptflops", "pytorch_model_summary", "torchstat", "torchscan", "torchview",
    "psutil", "GPUtil", "pynvml", "nvidia_smi", "humanize", "time", "timeit", "datetime", "IPython",
    "tqdm", "alive_progress", "fastprogress", "progress", "progressbar", "enlighten",
)  # fmt: skip
_ACTS = frozenset({"backward", "zero_grad", "fit", "optimizer"})
"""Methods that no logger has: under these names the object is something else than it seems."""


class Observed(Unknown):
    """An object or result of such a package: nothing that it is given changes."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Unknown(f"{self.why}.{name}") if name in _ACTS else Observed(f"{self.why[:60]}.{name}")

    def call(self, run: Interpreter, args: Args) -> Value:
        return Observed(f"{self.why[:60]}()")

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return Observed(self.why)

    def iterate(self, run: Interpreter) -> Items:
        return Items([], exact=False, over="unknown", fresh=lambda: Observed(self.why))

    def enter(self, run: Interpreter) -> Value:
        return self


class ObserverLibrary(TableLibrary):
    """Every function and class of these packages that has no entry of its own observes."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        return _config(run) if qualname == _CONFIG else super().resolve(run, qualname)

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        return Observed(f"{qualname}()")


LIBRARY = ObserverLibrary(
    *PACKAGES,
    usual={
        "wandb": "wandb",
        "plt": "matplotlib.pyplot",
        "sns": "seaborn",
        "tqdm": "tqdm.tqdm",
        "trange": "tqdm.trange",
        "logging": "logging",
        "SummaryWriter": "tensorboardX.SummaryWriter",
    },
)


class ProgressClass(LibraryClass):
    """A progress bar around an iterable: iterating it is iterating what it wraps."""

    __slots__ = ("first",)

    def __init__(self, qualname: str, first: str = "iterable") -> None:
        super().__init__(qualname)
        self.first = first

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        wrapped = args.bind(self.first).get(self.first)
        if wrapped is not None:
            run.write(instance.attrs, "iterable", wrapped)

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        wrapped = instance.attrs.get("iterable")
        return None if wrapped is None else wrapped.iterate(run)

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        wrapped = instance.attrs.get("iterable")
        return None if wrapped is None else wrapped.length(run)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Observed(f"{self.qualname}.{name}")

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return Observed(f"{self.qualname}()")


def _ranged(run: Interpreter, args: Args) -> Value:
    """`trange(n)` is `tqdm(range(n))`."""
    from trainlint.semantics.builtins import BUILTINS

    bounds = Args(list(args.positional), {})
    return PROGRESS.call(run, Args([run.call(BUILTINS["range"], bounds)]))


PROGRESS = ProgressClass("tqdm.tqdm")
LIBRARY.add(PROGRESS, "tqdm.tqdm_notebook", "tqdm.std.tqdm")
LIBRARY.function("tqdm.trange", "tqdm.tnrange")(_ranged)
for _module in ("auto", "notebook", "autonotebook", "std", "gui", "rich", "asyncio"):
    LIBRARY.alias(f"tqdm.{_module}", "tqdm")
LIBRARY.add(ProgressClass("rich.progress.track", "sequence"))
LIBRARY.add(ProgressClass("alive_progress.alive_it", "it"))
LIBRARY.add(ProgressClass("fastprogress.progress_bar", "gen"), "fastprogress.fastprogress.progress_bar")
LIBRARY.add(ProgressClass("fastprogress.master_bar", "gen"), "fastprogress.fastprogress.master_bar")
LIBRARY.add(ProgressClass("progressbar.progressbar", "iterator"))


# -- wandb.config holds what wandb.init was given

_CONFIG = "wandb.config"


class ConfigClass(LibraryClass):
    """`wandb.config`: the values of `wandb.init(config=...)`, by attribute and by key; a mapping to whoever copies it."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        held = _held(instance)
        if name == "update":
            return Native("wandb.config.update", lambda r, args: _update(r, held, args.bind("d").get("d")))
        if name == "as_dict":
            return Native("wandb.config.as_dict", lambda r, args: copy_dict(held))
        return held.get_attr(run, name) if name in METHODS else held.get_item(run, Const(name))

    def keeps(self, run: Interpreter, instance: Instance, name: str, value: Value) -> bool:
        _held(instance).set_item(run, Const(name), value)
        return True

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return _held(instance).get_item(run, key)

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        _held(instance).set_item(run, key, value)
        return True

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        return _held(instance).iterate(run)

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        return _held(instance).binary(run, op, other, reflected)


CONFIG_CLASS = ConfigClass(_CONFIG)


def _config(run: Interpreter) -> Instance:
    """The one config object of a run."""
    found = run.memo.get(_CONFIG)
    if not isinstance(found, Instance):
        found = run.memo[_CONFIG] = Instance(CONFIG_CLASS, run.here)
        found.data = Contents(DictValue(open=True))
    return found


def _held(instance: Instance) -> DictValue:
    """What it holds; before `init`, which may be given values from outside, nothing of that is known."""
    held = as_dict(instance)
    assert held is not None
    return held


def _update(run: Interpreter, held: DictValue, given: Value | None) -> Value:
    """Take over the values of a mapping, or of a namespace."""
    if given is None:
        return Const(None)
    values = as_dict(given)
    if values is None and isinstance(given, Instance):
        values = as_dict(make_vars(run, Args([given])))
    if values is None or held.cells:
        merge(run, held, values or given)
        return Const(None)
    held.watcher = values.watcher  # what is read of the copy is read of the config
    for slot, entry in copy_dict(values).cells.items():
        run.write(held.cells, slot, entry)
    run.write(held.state, "open", values.open)
    return Const(None)


class _RunClass(LibraryClass):
    """The run that `wandb.init` returns."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return _config(run) if name == "config" else Observed(f"wandb.run.{name}")


_RUN = _RunClass("wandb.Run")


@LIBRARY.function("wandb.init")
def wandb_init(run: Interpreter, args: Args) -> Value:
    """`wandb.init(config=...)`: its config can be read back from `wandb.config`; without one it holds nothing, but for runs
    that a sweep starts."""
    given = args.keywords.get("config")
    held = _held(_config(run))
    if given is None and not args.open and not held.cells:
        run.write(held.state, "open", BY_OTHERS)
    _update(run, held, given)
    swept = run.memo.get(_SWEPT)
    if isinstance(swept, DictValue):
        _update(run, held, swept)  # what a sweep says counts before what the program says
    return Instance(_RUN, run.here)


# -- sweeps: an agent calls a function with the parameters of a sweep in wandb.config
# Source: https://docs.wandb.ai/guides/sweeps/define-sweep-configuration

_SWEPT = "parameters of the sweep that calls"


class _SweepClass(LibraryClass):
    """What `wandb.sweep` returns stands for the parameters of its configuration."""


_SWEEP = _SweepClass("wandb.sweep")


@LIBRARY.function("wandb.sweep")
def wandb_sweep(run: Interpreter, args: Args) -> Value:
    """`wandb.sweep({"parameters": {"lr": {"value": 0.1}}})`"""
    given = args.bind("sweep", "entity", "project").get("sweep")
    values = as_dict(given) if given is not None else None
    parameters = values.get_item(run, Const("parameters")) if values is not None else None
    made = Instance(_SWEEP, run.here)
    made.data = _swept(run, as_dict(parameters)) if parameters is not None else None
    return made


def _swept(run: Interpreter, parameters: DictValue | None) -> DictValue:
    """What a run of a sweep finds by each parameter: its one value, or one that is not known of several."""
    if parameters is None:
        return DictValue(open=True)
    found: dict[str, Value] = {}
    for key, spec in parameters.cells.values():
        told = as_dict(spec)
        if isinstance(key, Const):
            found[str(key.value)] = (
                _chosen(run, told) if told is not None else Unknown("what a sweep chooses")
            )
    return DictValue.of(found, open=parameters.open)


def _chosen(run: Interpreter, told: DictValue) -> Value:
    parts = {key.value: value for key, value in told.cells.values() if isinstance(key, Const)}
    if "value" in parts:
        return parts["value"]
    if "parameters" in parts:
        return _swept(run, as_dict(parts["parameters"]))
    choices = parts["values"].iterate(run) if "values" in parts else None
    if choices is not None and choices.exact and len(choices.values) == 1:
        return choices.values[0]
    return Unknown("what a sweep chooses")


@LIBRARY.function("wandb.agent")
def wandb_agent(run: Interpreter, args: Args) -> Value:
    """`wandb.agent(sweep, function)` calls the function for each of its runs."""
    bound = args.bind("sweep_id", "function", "entity", "project", "count")
    sweep, function = bound.get("sweep_id"), bound.get("function")
    held = sweep.data if isinstance(sweep, Instance) and sweep.cls is _SWEEP else None
    if function is not None and not (isinstance(function, Const) and function.value is None):
        before = run.memo.get(_SWEPT)
        run.memo[_SWEPT] = held if isinstance(held, DictValue) else DictValue(open=True)
        run.call(function, Args([]))
        run.memo[_SWEPT] = before
    return Const(None)
