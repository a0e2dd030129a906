"""NeMo's YAML: `model.optim`, `trainer`, `exp_manager`, and Megatron's `micro_batch_size` and `global_batch_size`.

Keys: NVIDIA's NeMo user guide ("Core APIs: Optimization" and "Megatron GPT training").
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, keys_of, section, text_of
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode


def fits(node: ConfigNode) -> bool:
    """`model.optim` with a name and a rate, beside `trainer` or `exp_manager`; or Megatron's two batch sizes."""
    model = node.get("model")
    optim = model.get("optim") if model is not None and model.kind == "mapping" else None
    named = {"name", "lr"} <= keys_of(optim)
    megatron = {"micro_batch_size", "global_batch_size"} <= keys_of(model)
    return (named or megatron) and bool(keys_of(node) & {"trainer", "exp_manager"})


def read(reader: Reader, root: DictValue) -> None:
    """Optimizer, schedule, clipping, batches; the batch sizes as options, for their arithmetic."""
    model, trainer = section(root, "model"), section(root, "trainer")
    optim = section(model, "optim")
    optimizer = None
    if optim is not None and text_of(first(optim, "name")):
        optimizer = reader.optimizer(
            text_of(first(optim, "name")) or "", optim.strings(), first(optim, "name")
        )
        planned = section(optim, "sched")
        if planned is not None and text_of(first(planned, "name")):
            warm = first(planned, "warmup_steps", "warmup_ratio") is not None
            reader.schedule(
                text_of(first(planned, "name")) or "", optimizer, warmup=warm, at=first(planned, "name")
            )
    if trainer is not None:
        reader.clipping("norm", first(trainer, "gradient_clip_val"))
        reader.mixed_precision(first(trainer, "precision"))
    if model is not None:
        reader.options(model, only=frozenset({"micro_batch_size", "global_batch_size"}))
        data = section(model, "train_ds")
        reader.batches(first(model, "micro_batch_size") or first(data, "batch_size"), first(data, "shuffle"))


SCHEMA = Schema("nemo", fits, read, Reading("omegaconf", yaml12=True), "lightning", None, "NeMo")
