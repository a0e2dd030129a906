"""Documents for hydra.utils.instantiate: objects named by `_target_`.

A document alone is read as it stands; its defaults list is composed where code loads it (configs/hydra.py).
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, mappings, text_of
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode


def fits(node: ConfigNode) -> bool:
    """A `_target_` somewhere: nothing else uses that key."""
    return any(inner.kind == "mapping" and inner.get("_target_") is not None for inner in node.walk())


def read(reader: Reader, root: DictValue) -> None:
    """Optimizers, schedules, loaders and trainers that the document names."""
    optimizer = None
    for mapping in mappings(root):
        target = text_of(first(mapping, "_target_")) or ""
        name = target.rsplit(".", 1)[-1]
        if target.startswith(("torch.optim.", "bitsandbytes.optim.")) and ".lr_scheduler." not in target:
            optimizer = reader.optimizer(target, mapping.strings(), first(mapping, "_target_"))
        elif target.startswith("torch.optim.lr_scheduler."):
            reader.schedule(target, optimizer, at=first(mapping, "_target_"))
        elif target.startswith(("pytorch_lightning.", "lightning.")) and name == "Trainer":
            reader.clipping(
                text_of(first(mapping, "gradient_clip_algorithm")) or "norm",
                first(mapping, "gradient_clip_val"),
            )
            reader.mixed_precision(first(mapping, "precision"))
        elif name.endswith(("DataModule", "DataLoader")):
            reader.batches(first(mapping, "batch_size"), first(mapping, "shuffle"))


SCHEMA = Schema(
    "hydra", fits, read, Reading("omegaconf", yaml12=True), "other", None, "hydra.utils.instantiate()"
)
