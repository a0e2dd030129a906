"""TL054: batch sizes that do not multiply out."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from trainlint.checks.api import check, report
from trainlint.facts.options import OptionSet
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL054", "config-batch-arithmetic", Level.ERROR, section="Config")
WHOLE = {"deepspeed": "train_batch_size", "nemo": "global_batch_size"}
PARTS = {
    "deepspeed": ("train_micro_batch_size_per_gpu", "gradient_accumulation_steps"),
    "nemo": ("micro_batch_size",),
}
SAME = {
    "train_micro_batch_size_per_gpu": "per_device_train_batch_size",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
}
"""Options of DeepSpeed and what transformers compares them with (HfTrainerDeepSpeedConfig.trainer_config_process)."""
DEFAULTS = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 1}


@check(RULE)
def config_batch_arithmetic(options: OptionSet) -> Iterator[Finding]:
    """The whole batch is no multiple of what one process takes for an update."""
    whole, parts = WHOLE.get(options.schema), PARTS.get(options.schema, ())
    size = options.value(whole) if whole is not None else None
    known = {part: options.value(part) for part in parts}
    counts = {part: n for part, n in known.items() if _is_count(n)}
    if whole is None or not _is_count(size) or not counts:
        return
    each = prod(counts.values())
    if size % each == 0:
        return
    shown = " x ".join(f"{part} {n}" for part, n in counts.items())
    message = (
        f"`{whole}` is {size}, but {shown} makes {each} samples an update on one process, and no number of processes "
        f"gives {size}. Change one of them, or leave `{whole}` out."
    )
    yield report(RULE, options.place(whole), message, [Place(options.place(part), part) for part in counts])


@check(RULE)
def config_batch_disagreement(program: Program) -> Iterator[Finding]:
    """A trainer's arguments and the DeepSpeed config that goes with them give different sizes."""
    arguments = [o for o in program.option_sets if o.schema == "transformers.TrainingArguments"]
    engines = [o for o in program.option_sets if o.schema == "deepspeed"]
    if len(arguments) != 1 or len(engines) != 1 or "deepspeed" not in arguments[0].options:
        return
    for key, other in SAME.items():
        mine, theirs = engines[0].value(key), arguments[0].value(other, DEFAULTS[other])
        if not _is_count(mine) or not _is_count(theirs) or mine == theirs:
            continue
        message = (
            f"`{key}` is {mine} for DeepSpeed, and `{other}` is {theirs} for the trainer: it stops with an error. "
            'Write "auto" here, and the trainer fills in its own value.'
        )
        yield report(RULE, engines[0].place(key), message, [Place(arguments[0].place(other), other)])


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
