"""Optimizers and schedules of transformers: all schedules step after every batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Schedule
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

OPTIMIZERS: tuple[tuple[str, str, str], ...] = (
    ("transformers.AdamW", "adamw",
     ("params, lr=0.001, betas=(0.9, 0.999), eps=1e-06, weight_decay=0.0, correct_bias=True, "
      "no_deprecation_warning=False")),
    ("transformers.Adafactor", "adafactor",
     ("params, lr=None, eps=(1e-30, 0.001), clip_threshold=1.0, decay_rate=-0.8, beta1=None, weight_decay=0.0, "
      "scale_parameter=True, relative_step=True, warmup_init=False")),
    ("accelerate.DummyOptim", "", "params, lr=0.001, weight_decay=0"),
)  # fmt: skip
"""Qualified name, family in facts/rates.py, signature. DummyOptim stands for the one of a DeepSpeed config."""

for _name, _family, _parameters in OPTIMIZERS:
    LIBRARY.add(OptimizerClass(_name, _family, _parameters, BASE))


def by_warmup_steps(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """They warm up over num_warmup_steps and then never exceed the optimizer's rate."""
    steps = schedule.options.get("num_warmup_steps")
    if steps is not None and steps.known:
        schedule.warmup = bool(steps.value)


_WARM = "optimizer, num_warmup_steps, num_training_steps"
SCHEDULES: tuple[tuple[str, str], ...] = (
    ("get_constant_schedule", "optimizer, last_epoch=-1"),
    ("get_constant_schedule_with_warmup", "optimizer, num_warmup_steps, last_epoch=-1"),
    ("get_linear_schedule_with_warmup", f"{_WARM}, last_epoch=-1"),
    ("get_cosine_schedule_with_warmup", f"{_WARM}, num_cycles=0.5, last_epoch=-1"),
    ("get_cosine_with_hard_restarts_schedule_with_warmup", f"{_WARM}, num_cycles=1, last_epoch=-1"),
    ("get_polynomial_decay_schedule_with_warmup", f"{_WARM}, lr_end=1e-07, power=1.0, last_epoch=-1"),
    ("get_inverse_sqrt_schedule", "optimizer, num_warmup_steps, timescale=None, last_epoch=-1"),
    ("get_cosine_with_min_lr_schedule_with_warmup",
     f"{_WARM}, num_cycles=0.5, last_epoch=-1, min_lr=None, min_lr_rate=None"),
    ("get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
     f"{_WARM}, num_cycles=0.5, last_epoch=-1, min_lr=None, min_lr_rate=None, warmup_lr_rate=None"),
    ("get_wsd_schedule",
     ("optimizer, num_warmup_steps, num_decay_steps, num_training_steps=None, num_stable_steps=None, "
      "warmup_type='linear', decay_type='cosine', min_lr_ratio=0, num_cycles=0.5, last_epoch=-1")),
    ("get_reduce_on_plateau_schedule", "optimizer"),
    ("get_scheduler",
     ("name, optimizer, num_warmup_steps=None, num_training_steps=None, scheduler_specific_kwargs=None, "
      "step_rules=None, num_cycles=1, power=1.0, last_epoch=-1")),
)  # fmt: skip
"""The schedule functions of transformers; diffusers has most of them too."""

for _name, _parameters in SCHEDULES:
    for _package in ("transformers", "diffusers"):
        LIBRARY.add(ScheduleClass(f"{_package}.{_name}", "batch", _parameters, by_warmup_steps))
LIBRARY.add(ScheduleClass("transformers.AdafactorSchedule", None, "optimizer, initial_lr=0.0", by_warmup_steps),
            "transformers.get_adafactor_schedule")  # fmt: skip
LIBRARY.add(
    ScheduleClass(
        "accelerate.DummyScheduler",
        "batch",
        "optimizer, total_num_steps=None, warmup_num_steps=0, lr_scheduler_callable=None",
    )
)

BY_TYPE = {
    "linear": "get_linear_schedule_with_warmup",
    "cosine": "get_cosine_schedule_with_warmup",
    "cosine_with_restarts": "get_cosine_with_hard_restarts_schedule_with_warmup",
    "polynomial": "get_polynomial_decay_schedule_with_warmup",
    "constant": "get_constant_schedule",
    "constant_with_warmup": "get_constant_schedule_with_warmup",
    "inverse_sqrt": "get_inverse_sqrt_schedule",
    "reduce_lr_on_plateau": "get_reduce_on_plateau_schedule",
    "cosine_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup",
    "cosine_warmup_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "warmup_stable_decay": "get_wsd_schedule",
}
"""`lr_scheduler_type` of TrainingArguments, and the first argument of get_scheduler."""

for _package in ("transformers", "diffusers"):
    _known = {kind: LIBRARY.entries.get(f"{_package}.{name}") for kind, name in BY_TYPE.items()}
    LIBRARY.entries[f"{_package}.TYPE_TO_SCHEDULER_FUNCTION"] = DictValue.of(
        {kind: made for kind, made in _known.items() if made is not None}
    )
