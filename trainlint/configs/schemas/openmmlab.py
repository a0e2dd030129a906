"""OpenMMLab's configs: `optim_wrapper` (mmengine), or `optimizer` with `optimizer_config` (mmcv 1.x).

Keys: mmengine's documentation ("Runner", "Config", "Migrate from MMCV"). The same reader serves configs that are Python
files (configs/python_configs.py).
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, keys_of, section, text_of
from trainlint.facts.training import Optimizer
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Const
from trainlint.source.tree import ConfigNode

_BESIDE = frozenset({
    "model", "data", "train_dataloader", "train_cfg", "lr_config", "param_scheduler", "runner", "optimizer_config",
    "default_hooks", "checkpoint_config", "_base_", "default_scope", "log_config", "work_dir", "workflow",
})  # fmt: skip


def is_config(keys: frozenset[str], typed: frozenset[str]) -> bool:
    """Whether these top-level keys make one. typed: those whose mapping has a `type` (or holds an optimizer that has)."""
    return bool(typed & {"optimizer", "optim_wrapper"}) and len(keys & _BESIDE) >= 2


def fits(node: ConfigNode) -> bool:
    """An `optimizer` or `optim_wrapper` with a `type`, beside two keys of a runner, one of them OpenMMLab's own."""
    typed = frozenset(
        key
        for key in ("optimizer", "optim_wrapper")
        if (inner := node.get(key)) is not None and keys_of(inner) & {"type", "optimizer"}
    )
    keys = keys_of(node)
    return is_config(keys, typed) and bool(keys & _BESIDE - {"model", "data"})


def fits_values(value: DictValue) -> bool:
    """As `fits`, for the names of a Python file."""
    keys = frozenset(k for k in value.cells if isinstance(k, str))
    parts = {key: value.cells[key][1] for key in ("optimizer", "optim_wrapper") if key in keys}
    typed = frozenset(
        key
        for key, part in parts.items()
        if isinstance(part, DictValue) and {"type", "optimizer"} & frozenset(map(str, part.cells))
    )
    return is_config(keys, typed) and bool(keys & _BESIDE - {"model", "data"})


def read(reader: Reader, root: DictValue) -> None:
    """Optimizer, clipping, schedules and batches."""
    wrapper = section(root, "optim_wrapper")
    named = section(wrapper, "optimizer") or section(root, "optimizer")
    optimizer = None
    if named is not None and text_of(first(named, "type")):
        optimizer = reader.optimizer(
            text_of(first(named, "type")) or "", named.strings(), first(named, "type")
        )
    clip = section(wrapper, "clip_grad") or section(section(root, "optimizer_config"), "grad_clip")
    reader.clipping("norm", first(clip, "max_norm"))
    reader.clipping("value", first(clip, "clip_value"))
    if text_of(first(wrapper, "type")) == "AmpOptimWrapper":
        reader.mixed_precision(Const(True, named.origin if named is not None else ()))
    _schedules(reader, root, optimizer)
    loader = section(root, "train_dataloader")
    sampler = section(loader, "sampler")
    reader.batches(
        first(loader, "batch_size") or first(section(root, "data"), "samples_per_gpu"),
        first(sampler, "shuffle"),
    )


def _schedules(reader: Reader, root: DictValue, optimizer: Optimizer | None) -> None:
    config = section(root, "lr_config")
    if config is not None and text_of(first(config, "policy")):
        warm = first(config, "warmup") is not None
        reader.schedule(
            text_of(first(config, "policy")) or "", optimizer, warmup=warm, at=first(config, "policy")
        )
    planned = first(root, "param_scheduler")
    parts = planned.elements if isinstance(planned, ListValue) else [planned] if planned is not None else []
    for part in parts:
        name = text_of(first(part, "type")) if isinstance(part, DictValue) else None
        if isinstance(part, DictValue) and name and not name.endswith("Momentum"):
            reader.schedule(name, optimizer, warmup=name == "LinearLR" or None, at=first(part, "type"))


SCHEMA = Schema("openmmlab", fits, read, Reading("pyyaml"), "torch", None, "the OpenMMLab runner")
