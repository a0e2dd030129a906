"""transformers.TrainingArguments in a YAML or JSON document (HfArgumentParser, `--config` of trl and others).

Keys and defaults: transformers/training_args.py of 5.23 and of the releases 4.0 to 4.57, whose names it renamed;
`Seq2SeqTrainingArguments`; the configs of trl 1.16. The document mostly holds the arguments of models and data as well,
so the schema is not strict.
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, is_true, keys_of, sections, text_of
from trainlint.configs.schemas.training_keys import FOREIGN, KEYS
from trainlint.facts.options import OptionTable
from trainlint.facts.training import Optimizer, Schedule
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Const, Value
from trainlint.source.tree import ConfigNode

NAME = "transformers.TrainingArguments"
TABLE = OptionTable(NAME, KEYS, foreign=FOREIGN)

OWN = frozenset({
    "per_device_train_batch_size", "per_device_eval_batch_size", "num_train_epochs", "lr_scheduler_type",
    "load_best_model_at_end", "save_total_limit", "metric_for_best_model", "dataloader_num_workers", "save_strategy",
    "eval_strategy", "evaluation_strategy", "logging_strategy", "report_to", "remove_unused_columns",
    "gradient_checkpointing", "per_gpu_train_batch_size", "eval_accumulation_steps", "group_by_length",
})  # fmt: skip
"""Keys that hardly anything else uses."""


def section_of(node: ConfigNode, depth: int = 2) -> ConfigNode | None:
    """The mapping that holds the arguments: the root, or one below it; three keys of TrainingArguments, one its own."""
    keys = keys_of(node)
    if len(keys & KEYS) >= 3 and len(keys & OWN) >= 2:
        return node
    inner = [child for child in node.children() if child.kind == "mapping"] if depth else []
    return next((found for child in inner if (found := section_of(child, depth - 1)) is not None), None)


def fits(node: ConfigNode) -> bool:
    """Whether some mapping of the document, at most two levels down, holds training arguments."""
    return section_of(node) is not None


def read(reader: Reader, root: DictValue) -> None:
    """Write down the first mapping of training arguments."""
    for mapping in sections(root):
        keys = frozenset(mapping.strings())
        if len(keys & KEYS) >= 3 and len(keys & OWN) >= 2:
            reader.options(mapping)
            arguments(reader, mapping)
            return


def arguments(reader: Reader, mapping: DictValue) -> None:
    """The facts that training arguments stand for, with the defaults of TrainingArguments."""
    given = {
        "lr": first(mapping, "learning_rate") or Const(5e-5),
        "weight_decay": first(mapping, "weight_decay") or Const(0.0),
        "eps": first(mapping, "adam_epsilon"),
    }
    optimizer = reader.optimizer(
        text_of(first(mapping, "optim")) or "adamw_torch",
        {key: value for key, value in given.items() if value is not None},
        first(mapping, "learning_rate", "optim"),
    )
    planned = schedule(reader, mapping, optimizer)
    reader.clipping("norm", first(mapping, "max_grad_norm") or Const(1.0))
    reader.batches(
        first(mapping, "per_device_train_batch_size", "per_gpu_train_batch_size") or Const(8), Const(True)
    )
    for flag in ("bf16", "fp16"):
        if is_true(first(mapping, flag)):
            reader.mixed_precision(first(mapping, flag))
            break
    reader.updates(optimizer, planned, first(mapping, "gradient_accumulation_steps"))


def schedule(reader: Reader, mapping: DictValue, optimizer: Optimizer | None) -> Schedule:
    """The schedule, linear where none is named."""
    named = first(mapping, "lr_scheduler_type", "lr_scheduler")
    warmup = any(_positive(first(mapping, key)) for key in ("warmup_steps", "warmup_ratio"))
    return reader.schedule(
        text_of(named) or "linear", optimizer, warmup=warmup, at=named or first(mapping, "learning_rate")
    )


def _positive(value: Value | None) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int | float) and value.value > 0


SCHEMA = Schema(NAME, fits, read, Reading("pyyaml"), "transformers", TABLE, "transformers.Trainer")
