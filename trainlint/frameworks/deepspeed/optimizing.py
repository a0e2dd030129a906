"""Optimizers and schedules of DeepSpeed, as code constructs them or as a configuration names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Schedule
from trainlint.frameworks.deepspeed.library import LIBRARY
from trainlint.frameworks.signature import number
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.model import Location
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


_ADAM = "params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps=1e-08, adam_w_mode={}, weight_decay={}, amsgrad=False"
OPTIMIZERS: tuple[tuple[str, str, str], ...] = (
    ("deepspeed.ops.adam.FusedAdam", "adamw", _ADAM.format(True, 0.0)),
    ("deepspeed.ops.adam.DeepSpeedCPUAdam", "adamw",
     ("model_params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, amsgrad=False, "
      "adamw_mode=True, fp32_optimizer_states=True")),
    ("deepspeed.ops.lamb.FusedLamb", "lamb",
     "params, lr=0.001, bias_correction=True, betas=(0.9, 0.999), eps=1e-08, eps_inside_sqrt=False, weight_decay=0.0"),
    ("deepspeed.ops.lion.FusedLion", "lion", "params, lr=0.001, betas=(0.9, 0.999), weight_decay=0.0"),
    ("deepspeed.ops.lion.DeepSpeedCPULion", "lion", "model_params, lr=0.001, betas=(0.9, 0.999), weight_decay=0"),
    ("deepspeed.ops.adagrad.DeepSpeedCPUAdagrad", "adagrad",
     "model_params, lr=0.01, eps=1e-10, weight_decay=0, amsgrad=False"),
)  # fmt: skip
"""Classes that code constructs: qualified name, family in facts/rates.py, signature."""

for _name, _family, _parameters in OPTIMIZERS:
    LIBRARY.add(OptimizerClass(_name, _family, _parameters, BASE))

_BY_TYPE = {
    "adam": "torch.optim.AdamW",  # adam_w_mode is on unless it is switched off
    "adamw": "torch.optim.AdamW",
    "onebitadam": "torch.optim.Adam",
    "zerooneadam": "torch.optim.Adam",
    "lamb": "deepspeed.ops.lamb.FusedLamb",
    "onebitlamb": "deepspeed.ops.lamb.FusedLamb",
    "lion": "deepspeed.ops.lion.FusedLion",
    "adagrad": "torch.optim.Adagrad",
    "sgd": "torch.optim.SGD",
    "rmsprop": "torch.optim.RMSprop",
    "muon": "torch.optim.Muon",
}
"""`optimizer.type` of a configuration."""


def _sets_rate(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Schedules that start from warmup_min_lr and set warmup_max_lr themselves, whatever the optimizer's rate is."""
    schedule.warmup = True
    schedule.peak = schedule.options.get("warmup_max_lr")
    if "warmup_max_lr" not in bound:
        schedule.peak = known(0.001)


def _scales(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """A share of the optimizer's rate, after warmup."""
    schedule.warmup = True


def _free(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Rates of its own (LRRangeTest, OneCycle)."""
    schedule.rescales = True


_WARM = "optimizer, warmup_min_lr=0.0, warmup_max_lr=0.001, warmup_num_steps=1000, warmup_type='log', last_batch_iteration=-1"
for _name, _parameters, _rule in (
    ("WarmupLR", _WARM, _sets_rate),
    ("WarmupDecayLR", f"optimizer, total_num_steps, {_WARM.removeprefix('optimizer, ')}", _sets_rate),
    ("WarmupCosineLR", "optimizer, total_num_steps, warmup_min_ratio=0.0, warmup_num_steps=1000, cos_min_ratio=0.0001", _scales),
    ("LRRangeTest", "optimizer, lr_range_test_min_lr=0.001", _free),
    ("OneCycle", "optimizer, cycle_min_lr, cycle_max_lr", _free),
):  # fmt: skip
    LIBRARY.add(ScheduleClass(f"deepspeed.runtime.lr_schedules.{_name}", "batch", _parameters, _rule))


def from_config(
    run: Interpreter, config: DictValue, params: Value, place: Location | None = None
) -> Instance | None:
    """The optimizer of a configuration's `optimizer` section. place: of what reads it, if not this very call."""
    section = _section(config, "optimizer")
    if section is None:
        return None
    kind = run.fact(section.get("type"))
    cls = run.library_name(_BY_TYPE.get(str(kind.value).lower(), ""))
    given = as_dict(section.get("params", DictValue()))
    options = given.strings() if given is not None else {}
    off = options.get("adam_w_mode", options.get("adamw_mode"))
    if str(kind.value).lower() == "adam" and off is not None and off.truth(run) is False:
        cls = run.library_name("torch.optim.Adam")
    if not isinstance(cls, OptimizerClass):
        return None
    return _made(run, cls, place, Args([params], {"weight_decay": Const(0.0), "lr": Const(0.001), **options}))


def schedule_from_config(
    run: Interpreter, config: DictValue, optimizer: Value, place: Location | None = None
) -> Instance | None:
    """The schedule of a configuration's `scheduler` section."""
    section = _section(config, "scheduler")
    kind = run.fact(section.get("type")).value if section is not None else None
    cls = run.library_name(f"deepspeed.runtime.lr_schedules.{kind}") if section is not None else None
    if section is None or not isinstance(cls, ScheduleClass):
        return None
    given = as_dict(section.get("params", DictValue()))
    return _made(run, cls, place, Args([optimizer], given.strings() if given is not None else {}))


def _made(run: Interpreter, cls: LibraryClass, place: Location | None, args: Args) -> Instance:
    made = Instance(cls, place or run.here)
    cls.allocate(run, made)
    cls.construct(run, made, args)
    return made


def _section(config: DictValue, name: str) -> dict[str, Value] | None:
    found = config.strings().get(name)
    inner = as_dict(found) if found is not None else None
    return inner.strings() if inner is not None else None


def option(run: Interpreter, config: DictValue, *names: str) -> Fact[Any]:
    """A number below some keys; the absence of it is known where the whole configuration is."""
    value: Value = config
    for name in names:
        inner = as_dict(value)
        if inner is None:
            return unknown(f"{name} of a configuration that is not known")
        if name not in inner.strings():
            return unknown(f"{name} may be in an unknown part") if inner.open else known(None)
        value = inner.strings()[name]
    return number(run, value, names[-1]) if not _flag(value) else run.fact(value)


def _flag(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, bool)
