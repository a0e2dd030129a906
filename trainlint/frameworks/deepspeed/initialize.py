"""deepspeed.initialize(): an engine from a model and a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.options import OptionSet
from trainlint.facts.training import Clipping, Loader, Optimizer
from trainlint.frameworks.deepspeed.engine import CONFIG, ENGINE, NUMBERS
from trainlint.frameworks.deepspeed.library import LIBRARY
from trainlint.frameworks.deepspeed.optimizing import from_config, option, schedule_from_config
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.loaders import LOADER_CLASS
from trainlint.frameworks.torch.module import parameters_of
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def read_config(run: Interpreter, value: Value | None) -> DictValue:
    """A configuration: a mapping, or the JSON file at a path; one that is not known is open."""
    if isinstance(value, Const) and isinstance(value.value, str):
        opened = run.call(run.library_name("builtins.open"), Args([value]))
        value = run.call(run.library_name("json.load"), Args([opened]))
    found = as_dict(value) if value is not None else None
    if found is None:
        return DictValue(open=True)
    noted = any(o.schema == "deepspeed" and o.location == run.here for o in run.program.option_sets)
    if not noted:
        options = dict(flattened(run, found))
        run.program.option_sets.append(OptionSet("deepspeed", run.here, options, not found.open))
    return found


def flattened(run: Interpreter, config: DictValue, prefix: str = "") -> Iterator[tuple[str, Fact[Any]]]:
    """The entries of a configuration by dotted key."""
    for name, value in config.strings().items():
        if isinstance(value, DictValue):
            yield from flattened(run, value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", run.fact(value)


@LIBRARY.function("deepspeed.initialize")
def initialize(run: Interpreter, args: Args) -> Value:
    """(engine, optimizer, training loader, schedule)"""
    given = args.bind(
        "args", "model", "optimizer", "model_parameters", "training_data", "lr_scheduler", "distributed_port", "mpu",
        "dist_init_required", "collate_fn", "config", "mesh_param", "config_params",
    )  # fmt: skip
    engine = Instance(ENGINE, run.here, {})
    prepare(run, engine, given)
    optimizer, schedule = engine.attrs["optimizer"], engine.attrs["lr_scheduler"]
    return TupleValue([engine, optimizer, _loader(run, engine, given), schedule])


def prepare(run: Interpreter, engine: Instance, given: dict[str, Value]) -> None:
    """What an engine is made of: from the arguments of initialize(), or of the constructor of DeepSpeedEngine itself."""
    source = given.get("config", given.get("config_params"))
    if source is None or (isinstance(source, Const) and source.value is None):
        source = given.get("config_class")
    if source is None and "args" in given:
        source = run.get_attr(given["args"], "deepspeed_config")
    if isinstance(source, Instance) and source.is_a(CONFIG):
        source = source.attrs.get("config")
    config = read_config(run, source)
    model = given.get("model", Unknown("a model"))
    run.write(engine.attrs, "module", model)
    if is_module(model):
        run.write(model.data.state, "wrapped", "deepspeed.DeepSpeedEngine")
    if run.program.framework in ("other", "torch"):
        run.program.framework = "deepspeed"
    engine.data = {name: option(run, config, name) for name in NUMBERS}
    optimizer = _optimizer(run, given, config, model)
    schedule = given.get("lr_scheduler")
    if schedule is None or (isinstance(schedule, Const) and schedule.value is None):
        schedule = schedule_from_config(run, config, optimizer) or Const(None)
    elif not isinstance(schedule, Instance):
        schedule = run.call(schedule, Args([optimizer]))  # a function of the optimizer
    run.write(engine.attrs, "optimizer", optimizer)
    run.write(engine.attrs, "lr_scheduler", schedule)
    _settings(run, engine, config, optimizer, model)


def _optimizer(run: Interpreter, given: dict[str, Value], config: DictValue, model: Value) -> Value:
    """The one that is given (or made by a function of the parameters), else the configuration's."""
    optimizer = given.get("optimizer")
    params = given.get("model_parameters")
    if params is None or (isinstance(params, Const) and params.value is None):
        params = run.call_method(model, "parameters") if is_module(model) else Unknown("parameters")
    if optimizer is None or (isinstance(optimizer, Const) and optimizer.value is None):
        return from_config(run, config, params) or Unknown("the optimizer of a configuration")
    return optimizer if isinstance(optimizer, Instance) else run.call(optimizer, Args([params]))


def _settings(run: Interpreter, engine: Instance, config: DictValue, optimizer: Value, model: Value) -> None:
    """Clipping, accumulation and precision."""
    limit: Fact[float] = engine.data["gradient_clipping"]
    if not limit.known or limit.value:
        subject = parameters_of(run, model)
        engine.data["clip"] = Clipping("norm", run.here, limit, subject)
        if limit.known:
            run.program.clippings.append(engine.data["clip"])
    every: Fact[int] = engine.data["gradient_accumulation_steps"]
    if every.known and every.value is None:
        every = _accumulation(engine.data)
    engine.data["every"] = every
    if isinstance(optimizer, Instance) and isinstance(optimizer.data, Optimizer):
        run.write(optimizer.data.state, "every", every)
    flags = [option(run, config, kind, "enabled") for kind in ("fp16", "bf16", "bfloat16")]
    if any(flag.value for flag in flags):
        run.event(EventKind.AUTOCAST, enabled=True)
    elif not all(flag.known for flag in flags):
        run.event(EventKind.AUTOCAST, enabled=None)


def _accumulation(data: dict[str, Fact[int]]) -> Fact[int]:
    """Steps that are not given: 1, or what the batch sizes leave (the number of processes is not known)."""
    whole, micro = data["train_batch_size"], data["train_micro_batch_size_per_gpu"]
    if whole.known and micro.known and whole.value is not None and micro.value is not None:
        return known(1) if whole.value == micro.value else unknown("the number of processes")
    return known(1) if whole.known and micro.known else unknown("gradient_accumulation_steps")


def _loader(run: Interpreter, engine: Instance, given: dict[str, Value]) -> Value:
    """`training_data=...`: shuffled batches of the size that the configuration gives."""
    data = given.get("training_data")
    if data is None or (isinstance(data, Const) and data.value is None):
        return Const(None)
    size: Fact[int] = engine.data["train_micro_batch_size_per_gpu"]
    if size.known and size.value is None:
        size = engine.data["train_batch_size"]
    made = Instance(LOADER_CLASS, run.here, {"dataset": data})
    if "collate_fn" in given:
        made.attrs["collate_fn"] = given["collate_fn"]
    samples = data.length(run)
    length: Fact[int] = known(samples) if samples is not None else unknown("the size of the data set")
    made.data = Loader(run.here, size, known(True), known(False), length=length, options={"batch_size": size})
    run.program.loaders.append(made.data)
    return made


@LIBRARY.function("deepspeed.init_inference", "deepspeed.tp_model_init")
def init_inference(run: Interpreter, args: Args) -> Value:
    """The same model, with faster kernels."""
    return args.bind("model").get("model", Unknown("a model"))


@LIBRARY.function("deepspeed.add_config_arguments")
def add_config_arguments(run: Interpreter, args: Args) -> Value:
    """Adds --deepspeed and --deepspeed_config to a parser."""
    parser = args.positional[0] if args.positional else Unknown("a parser")
    add = run.get_attr(parser, "add_argument")
    run.call(add, Args([Const("--deepspeed")], {"action": Const("store_true")}))
    run.call(add, Args([Const("--deepspeed_config")], {"default": Const(None)}))
    return parser


@LIBRARY.function("deepspeed.zero.Init", "deepspeed.zero.GatheredParameters", "deepspeed.OnDevice")
def context(run: Interpreter, args: Args) -> Value:
    """Blocks that place parameters."""
    return Observed("a DeepSpeed context")
