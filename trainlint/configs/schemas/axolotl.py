"""Axolotl's YAML.

Keys and what they mean: its documentation (docs.axolotl.ai, "Config Reference"). Numbers that PyYAML leaves as text are
converted by its pydantic models.
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, keys_of, text_of
from trainlint.configs.schemas.transformers import schedule
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Const
from trainlint.source.tree import ConfigNode

_OWN = frozenset({
    "sequence_len", "sample_packing", "pad_to_sequence_len", "micro_batch_size", "adapter", "dataset_prepared_path",
    "val_set_size", "lora_target_linear", "special_tokens", "train_on_inputs", "flash_attention", "wandb_project",
    "saves_per_epoch", "evals_per_epoch", "lora_model_dir", "gradient_checkpointing", "eval_sample_packing", "chat_template",
})  # fmt: skip


def fits(node: ConfigNode) -> bool:
    """`base_model` beside at least three keys that are axolotl's own, `micro_batch_size` or `sequence_len` among them."""
    keys = keys_of(node)
    return (
        "base_model" in keys and len(keys & _OWN) >= 3 and bool(keys & {"micro_batch_size", "sequence_len"})
    )


def read(reader: Reader, root: DictValue) -> None:
    """A run of transformers.Trainer: optimizer, schedule, clipping (1.0 unless said), batches, precision."""
    reader.options(root)
    rate, named = first(root, "learning_rate"), first(root, "optimizer")
    given = {key: value for key in ("weight_decay",) if (value := first(root, key)) is not None}
    if rate is not None:
        given["lr"] = rate
    optimizer = reader.optimizer(text_of(named) or "adamw_torch_fused", given, named)
    planned = schedule(reader, root, optimizer)
    reader.clipping("norm", first(root, "max_grad_norm") or Const(1.0))
    reader.batches(first(root, "micro_batch_size"), Const(True))
    for flag in ("bf16", "fp16"):
        reader.mixed_precision(first(root, flag))
    reader.updates(optimizer, planned, first(root, "gradient_accumulation_steps"))


SCHEMA = Schema("axolotl", fits, read, Reading("axolotl", yaml12=True), "transformers", None, "axolotl")
