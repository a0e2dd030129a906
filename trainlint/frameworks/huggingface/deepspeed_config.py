"""TrainingArguments(deepspeed="ds.json"): the sections of that file, with the values that it leaves to the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.deepspeed.initialize import read_config
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_FIELDS = {
    "lr": "learning_rate",
    "eps": "adam_epsilon",
    "weight_decay": "weight_decay",
    "warmup_max_lr": "learning_rate",
    "warmup_num_steps": "warmup_steps",
    "gradient_clipping": "max_grad_norm",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "train_micro_batch_size_per_gpu": "per_device_train_batch_size",
}
"""Key of DeepSpeed to the field that an "auto" takes (transformers.integrations.deepspeed)."""
_CONFIG = "<deepspeed>"


def config_of(run: Interpreter, trainer: Instance) -> DictValue | None:
    """The DeepSpeed configuration of a trainer, every "auto" replaced; None where it uses none."""
    held = trainer.attrs.get(_CONFIG)
    if held is not None:
        return held if isinstance(held, DictValue) else None
    args = trainer.attrs.get("args")
    given = run.get_attr(args, "deepspeed") if isinstance(args, Instance) else Unknown("args")
    if not isinstance(given, DictValue) and not (isinstance(given, Const) and isinstance(given.value, str)):
        run.write(trainer.attrs, _CONFIG, Const(None))
        return None
    found = _resolved(run, read_config(run, given), args)
    run.write(trainer.attrs, _CONFIG, found)
    return found


def _resolved(run: Interpreter, config: DictValue, args: Value | None) -> DictValue:
    entries: dict[str, Value] = {}
    for name, value in config.strings().items():
        if isinstance(value, DictValue):
            entries[name] = _resolved(run, value, args)
        elif isinstance(value, Const) and value.value == "auto":
            entries[name] = _automatic(run, name, args)
        else:
            entries[name] = value
    return DictValue.of({k: v for k, v in entries.items() if v is not None}, config.origin, config.open)


def _automatic(run: Interpreter, name: str, args: Value | None) -> Value:
    if name == "warmup_min_lr":
        return Const(0.0)
    if name in _FIELDS and args is not None:
        return run.get_attr(args, _FIELDS[name])
    return Unknown(f"{name}, which is set automatically")
