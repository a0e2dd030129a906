"""Options of known schemas that exclude each other: one table, with sources.

A conflict counts only where every value that takes part is known, or (where nothing unseen may set it) has its default.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainlint.facts.options import OptionSet

TRAINING = "transformers.TrainingArguments"
_VALIDATE = "transformers 5.23, TrainingArguments._validate_args"
_DEEPSPEED = "https://www.deepspeed.ai/docs/config-json/"
_AXOLOTL = "https://docs.axolotl.ai/docs/config-reference.html"


@dataclass(frozen=True)
class Conflict:
    """Options that cannot hold together.

    keys: those that take part. holds: whether they do. fault: what happens. remedy: what to write. source: who says so.
    """

    schema: str
    keys: tuple[str, ...]
    holds: Callable[[OptionSet], bool]
    fault: Callable[[OptionSet], str]
    remedy: str
    source: str


def _on(options: OptionSet, key: str) -> bool:
    return options.value(key) is True


def _both(schema: str, first: str, second: str, what: str, remedy: str, source: str) -> Conflict:
    """Two flags of which at most one may be on."""
    return Conflict(
        schema,
        (first, second),
        lambda o: _on(o, first) and _on(o, second),
        lambda o: f"`{first}` and `{second}` are both on, {what}.",
        remedy,
        source,
    )


def _either(schema: str, first: str, second: str, what: str, remedy: str, source: str) -> Conflict:
    """Two options of which at most one may be given a number above zero."""
    return Conflict(
        schema,
        (first, second),
        lambda o: _positive(o.value(first)) and _positive(o.value(second)),
        lambda o: (
            f"`{first}` ({o.value(first):g}) and `{second}` ({o.value(second):g}) are both set, {what}."
        ),
        remedy,
        source,
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


# -- transformers


def _word(value: Any) -> str | None:
    """A strategy as text (`IntervalStrategy.EPOCH` and "epoch" alike); None where it is not known."""
    return value.lower() if isinstance(value, str) else None


def evaluates(options: OptionSet) -> str | None:
    """When the trainer evaluates: no, steps or epoch; `evaluation_strategy` is the name before 4.41."""
    for key in ("eval_strategy", "evaluation_strategy"):
        if key in options.options:
            return _word(options.value(key))
    if "evaluate_during_training" in options.options or not options.complete:
        return None
    return "no"


def saves(options: OptionSet) -> str | None:
    """When the trainer saves: no, steps, epoch or best."""
    return _word(options.value("save_strategy", "steps"))


def _strategies_differ(options: OptionSet) -> bool:
    when, saved = evaluates(options), saves(options)
    return (
        _on(options, "load_best_model_at_end") and None not in (when, saved) and saved not in ("best", when)
    )


def _steps_differ(options: OptionSet) -> bool:
    if (
        not _on(options, "load_best_model_at_end")
        or evaluates(options) != "steps"
        or saves(options) != "steps"
    ):
        return False
    save, every = options.value("save_steps", 500), evaluation_steps(options)
    whole = isinstance(save, int) and isinstance(every, int) and save >= 1 and every >= 1
    return whole and save % every != 0


def evaluation_steps(options: OptionSet) -> Any:
    """Steps between evaluations: `logging_steps` where it is not set."""
    given = options.value("eval_steps", 0)
    return options.value("logging_steps", 500) if given == 0 else given


_TRAINING = (
    _both(TRAINING, "fp16", "bf16", "which the trainer refuses", "Keep one of them.", _VALIDATE),
    _both(TRAINING, "fp16_full_eval", "bf16_full_eval", "which the trainer refuses", "Keep one of them.", _VALIDATE),
    _both(
        TRAINING, "load_in_8bit", "load_in_4bit", "and a model is loaded in one precision only", "Keep one of them.",
        "trl 1.16, ModelConfig.__post_init__",
    ),
    Conflict(
        TRAINING,
        ("load_best_model_at_end", "eval_strategy", "evaluation_strategy", "save_strategy"),
        _strategies_differ,
        lambda o: f"`load_best_model_at_end` needs checkpoints that were evaluated, but the trainer saves by `{saves(o)}` and evaluates by `{evaluates(o)}`: it stops with an error.",
        "Set `eval_strategy` and `save_strategy` alike.",
        _VALIDATE,
    ),
    Conflict(
        TRAINING,
        ("load_best_model_at_end", "eval_steps", "save_steps", "logging_steps"),
        _steps_differ,
        lambda o: f"`load_best_model_at_end` needs an evaluation at every checkpoint, but {o.value('save_steps', 500)} steps between checkpoints are no multiple of {evaluation_steps(o)} between evaluations: the trainer stops with an error.",
        "Make `save_steps` a multiple of `eval_steps`.",
        _VALIDATE,
    ),
    _either(
        TRAINING, "warmup_steps", "warmup_ratio", "and the ratio is then without effect", "Keep the one that you mean.",
        "transformers 4.57, documentation of TrainingArguments: warmup_steps overrides any effect of warmup_ratio",
    ),
    Conflict(
        TRAINING,
        ("lr_scheduler_type", "eval_strategy", "evaluation_strategy"),
        lambda o: _word(o.value("lr_scheduler_type")) == "reduce_lr_on_plateau" and evaluates(o) == "no",
        lambda o: "`reduce_lr_on_plateau` waits for a metric, but nothing is evaluated during training: the trainer stops with an error.",
        "Set `eval_strategy`.",
        _VALIDATE,
    ),
    Conflict(
        TRAINING,
        ("dataloader_prefetch_factor", "dataloader_num_workers"),
        lambda o: _positive(o.value("dataloader_prefetch_factor")) and o.value("dataloader_num_workers", 0) == 0,
        lambda o: "`dataloader_prefetch_factor` is for worker processes, and `dataloader_num_workers` is 0: the trainer stops with an error.",
        "Use workers, or leave it out.",
        _VALIDATE,
    ),
)  # fmt: skip

# -- DeepSpeed


def _amp_with_zero(options: OptionSet) -> bool:
    return _on(options, "amp.enabled") and _positive(options.value("zero_optimization.stage"))


def _parameters_offloaded(options: OptionSet) -> bool:
    stage, device = (
        options.value("zero_optimization.stage"),
        options.value("zero_optimization.offload_param.device"),
    )
    return stage in (0, 1, 2) and isinstance(device, str) and device != "none"


_HALF = "which DeepSpeed refuses"
_DEEP = (
    _both("deepspeed", "fp16.enabled", "bf16.enabled", _HALF, "Switch one of them off.", _DEEPSPEED + "#bfloat16-training-options"),
    _both("deepspeed", "fp16.enabled", "amp.enabled", _HALF, "Switch one of them off.", _DEEPSPEED + "#fp16-training-options"),
    _both("deepspeed", "bf16.enabled", "amp.enabled", _HALF, "Switch one of them off.", _DEEPSPEED + "#bfloat16-training-options"),
    Conflict(
        "deepspeed",
        ("amp.enabled", "zero_optimization.stage"),
        _amp_with_zero,
        lambda o: f"`amp` is on together with ZeRO stage {o.value('zero_optimization.stage')}, which do not go together.",
        "Use `fp16` or `bf16` with ZeRO.",
        _DEEPSPEED + "#automatic-mixed-precision-amp-training-options",
    ),
    Conflict(
        "deepspeed",
        ("zero_optimization.offload_param.device", "zero_optimization.stage"),
        _parameters_offloaded,
        lambda o: f"`offload_param` moves parameters only in ZeRO stage 3, and the stage is {o.value('zero_optimization.stage')}.",
        "Set the stage to 3, or offload the optimizer only.",
        _DEEPSPEED + "#parameter-offloading",
    ),
)  # fmt: skip

# -- Lightning and axolotl

_LIGHTNING = (
    Conflict(
        "lightning.Trainer",
        ("check_val_every_n_epoch", "val_check_interval"),
        lambda o: (
            o.known("check_val_every_n_epoch")
            and o.value("check_val_every_n_epoch", 1) is None
            and isinstance(o.value("val_check_interval", 1.0), float)
        ),
        lambda o: "With `check_val_every_n_epoch` off, `val_check_interval` counts batches and must be a whole number: the Trainer stops with an error.",
        "Write the number of batches between validations.",
        "lightning 2.6, DataConnector.on_trainer_init",
    ),
    *(
        _both("lightning.Trainer", "barebones", key, "which the Trainer refuses", f"Leave `{key}` out.", "lightning 2.6, Trainer.__init__")
        for key in ("enable_checkpointing", "logger", "enable_progress_bar", "enable_model_summary", "detect_anomaly", "fast_dev_run")
    ),
)  # fmt: skip

_SHARED = "which axolotl refuses"
_AXO = (
    _both("axolotl", "load_in_8bit", "load_in_4bit", "and a model is loaded in one precision only", "Keep one of them.", _AXOLOTL),
    _both("axolotl", "fp16", "bf16", "and only one precision can be trained in", "Keep one of them.", _AXOLOTL),
    _either("axolotl", "eval_steps", "evals_per_epoch", _SHARED, "Keep one of them.", _AXOLOTL),
    _either("axolotl", "save_steps", "saves_per_epoch", _SHARED, "Keep one of them.", _AXOLOTL),
    _either("axolotl", "warmup_steps", "warmup_ratio", _SHARED, "Keep one of them.", _AXOLOTL),
    Conflict(
        "axolotl",
        ("adapter", "load_in_8bit"),
        lambda o: o.value("adapter") == "qlora" and _on(o, "load_in_8bit"),
        lambda o: "`qlora` trains on a base model in 4 bits, and `load_in_8bit` is on.",
        "Use `load_in_4bit`, or `adapter: lora`.",
        _AXOLOTL,
    ),
)  # fmt: skip

CONFLICTS: tuple[Conflict, ...] = (*_TRAINING, *_DEEP, *_LIGHTNING, *_AXO)
"""All conflicts."""
