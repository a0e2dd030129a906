"""Documents for hydra.utils.instantiate: objects named by `_target_`.

A document alone is read as it stands; its defaults list is composed where code loads it (configs/hydra.py).
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas import transformers
from trainlint.configs.schemas.schema import Reader, Schema, first, mappings, text_of
from trainlint.facts.fact import unknown
from trainlint.facts.training import Optimizer
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode

ARGUMENTS = frozenset(
    {"TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig", "RewardConfig", "GRPOConfig"}
)
"""Classes of transformers and trl whose keys are training arguments."""


def own(mapping: DictValue) -> frozenset[str]:
    """The keys that go to the object, without Hydra's own."""
    return frozenset(k for k in mapping.strings() if not k.startswith("_"))


def fits(node: ConfigNode) -> bool:
    """A `_target_` somewhere: nothing else uses that key."""
    return any(inner.kind == "mapping" and inner.get("_target_") is not None for inner in node.walk())


def left_out(optimizer: Optimizer | None, mapping: DictValue) -> None:
    """Where a document leaves out the rate, the call that makes the object gives it, and may give more."""
    if optimizer is not None and "lr" not in mapping.strings():
        for name in ("lr", "momentum", "weight_decay"):
            if name not in mapping.strings():
                setattr(optimizer, name, unknown("the code that makes it may give it"))


def read(reader: Reader, root: DictValue) -> None:
    """Optimizers, schedules, loaders and trainers that the document names."""
    optimizer = None
    for mapping in mappings(root):
        target = text_of(first(mapping, "_target_")) or ""
        name = target.rsplit(".", 1)[-1]
        if target.startswith(("torch.optim.", "bitsandbytes.optim.")) and ".lr_scheduler." not in target:
            optimizer = reader.optimizer(target, mapping.strings(), first(mapping, "_target_"))
            left_out(optimizer, mapping)
        elif target.startswith("torch.optim.lr_scheduler."):
            reader.schedule(target, optimizer, at=first(mapping, "_target_"))
        elif target.startswith(("pytorch_lightning.", "lightning.")) and name == "Trainer":
            reader.clipping(
                text_of(first(mapping, "gradient_clip_algorithm")) or "norm",
                first(mapping, "gradient_clip_val"),
            )
            reader.mixed_precision(first(mapping, "precision"))
            reader.options(mapping, "lightning.Trainer", own(mapping))
        elif name in ARGUMENTS:
            reader.options(mapping, transformers.NAME, own(mapping))
            transformers.arguments(reader, mapping)
        elif name.endswith(("DataModule", "DataLoader")):
            reader.batches(first(mapping, "batch_size"), first(mapping, "shuffle"))


SCHEMA = Schema(
    "hydra", fits, read, Reading("omegaconf", yaml12=True), "other", None, "hydra.utils.instantiate()"
)
