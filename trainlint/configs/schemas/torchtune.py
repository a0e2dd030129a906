"""Recipes' configs of torchtune: objects named by `_component_`, read by OmegaConf.

Keys: the documentation of torchtune (pytorch.org/torchtune, "All About Configs").
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, section, text_of
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode


def fits(node: ConfigNode) -> bool:
    """A `_component_` somewhere: nothing else uses that key."""
    return any(inner.kind == "mapping" and inner.get("_component_") is not None for inner in node.walk())


def read(reader: Reader, root: DictValue) -> None:
    """Optimizer, schedule, clipping and batch size of a recipe. (Its `dtype` is the whole model's, no autocast.)"""
    named = section(root, "optimizer")
    optimizer = made = None
    if named is not None and text_of(first(named, "_component_")):
        optimizer = reader.optimizer(
            text_of(first(named, "_component_")) or "", named.strings(), first(named, "_component_")
        )
    planned = section(root, "lr_scheduler")
    if planned is not None and text_of(first(planned, "_component_")):
        component = text_of(first(planned, "_component_")) or ""
        known = component.replace("get_cosine_schedule_with_warmup", "cosine")
        made = reader.schedule(known, optimizer, warmup=True, at=first(planned, "_component_"))
        made.name = component
    reader.clipping("norm", first(root, "clip_grad_norm"))
    reader.batches(first(root, "batch_size"), first(root, "shuffle"))
    reader.updates(optimizer, made, first(root, "gradient_accumulation_steps"))


SCHEMA = Schema(
    "torchtune", fits, read, Reading("omegaconf", yaml12=True), "torchtune", None, "the torchtune recipe"
)
