"""Configs of a project's own, by the usual names of their keys.

Read cautiously: only where at least three kinds of hyperparameters stand in one document, an optimizer's name and a
rate among them, and each of them once.
"""

from __future__ import annotations

from collections.abc import Mapping

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.names import OPTIMIZERS, plain_name
from trainlint.configs.schemas.schema import Reader, Schema, first, mappings, text_of
from trainlint.facts.training import Optimizer
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Const, Value
from trainlint.source.tree import ConfigNode

KINDS: Mapping[str, frozenset[str]] = {
    "rate": frozenset({"lr", "learning_rate", "learningrate", "base_lr", "init_lr", "initial_lr", "lr_init"}),
    "optimizer": frozenset({"optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optim_type"}),
    "batch": frozenset({"batch_size", "train_batch_size", "batchsize"}),
    "length": frozenset(
        {"epochs", "num_epochs", "n_epochs", "max_epochs", "max_epoch", "epoch", "max_steps", "num_steps"}
    ),
    "decay": frozenset({"weight_decay", "wd", "l2"}),
    "momentum": frozenset({"momentum", "betas"}),
    "clip": frozenset(
        {"grad_clip", "clip_grad_norm", "max_grad_norm", "gradient_clip_val", "clip_norm", "gradient_clip"}
    ),
    "schedule": frozenset({"scheduler", "lr_scheduler", "lr_schedule", "schedule"}),
}
NAMES = ("name", "type", "optimizer", "class", "kind", "optim")
MOST_KEYS = 400
"""Leaves of a config; a document with more is data."""


def _kinds(keys: list[str]) -> list[str]:
    return [kind for key in keys for kind, names in KINDS.items() if key.lower() in names]


def fits(node: ConfigNode) -> bool:
    """Keys of at least three kinds, a rate that is a number among them (it, and the optimizer, exactly once)."""
    leaves: list[str] = []
    rates = 0
    for count, inner in enumerate(node.walk()):
        if count > MOST_KEYS or inner.tag is not None:
            return False
        if inner.key_location is None:
            continue
        key = inner.path.rsplit(".", 1)[-1]
        leaves.append(key)
        number = isinstance(inner.value, int | float) or isinstance(inner.yaml12_value, int | float)
        rates += key.lower() in KINDS["rate"] and number and not isinstance(inner.value, bool)
    found = _kinds(leaves)
    return rates == 1 and found.count("rate") == 1 and found.count("optimizer") == 1 and len(set(found)) >= 3


def read(reader: Reader, root: DictValue) -> None:
    """The optimizer with its rate, and the batch size where only one stands there."""
    found: dict[str, list[tuple[DictValue, Value]]] = {kind: [] for kind in KINDS}
    for mapping in mappings(root):
        for key, value in mapping.strings().items():
            for kind in _kinds([key]):
                found[kind].append((mapping, value))
    _, rate = found["rate"][0]
    name, named = _name(*found["optimizer"][0])
    given = {"lr": rate}
    for kind, option in (("decay", "weight_decay"), ("momentum", "momentum")):
        if len(found[kind]) == 1 and isinstance(found[kind][0][1], Const):
            given[option] = found[kind][0][1]
    if name is not None and plain_name(name) in OPTIMIZERS:
        adam = not plain_name(name).startswith(("sgd", "rmsprop"))
        if adam:
            given.pop("momentum", None)
        optimizer = reader.optimizer(name, given, named)
        _schedule(reader, found["schedule"], optimizer)
    if len(found["batch"]) == 1:
        reader.batches(found["batch"][0][1])


def _schedule(reader: Reader, found: list[tuple[DictValue, Value]], optimizer: Optimizer | None) -> None:
    name, named = _name(*found[0]) if found else (None, DictValue())
    if optimizer is not None and name is not None and name.lower() not in ("none", "null", ""):
        reader.schedule(name, optimizer, at=named)


def _name(mapping: DictValue, value: Value) -> tuple[str | None, Value]:
    """The name of what a key configures: its text, or a `name` or `type` in its mapping."""
    if isinstance(value, DictValue):
        inner = first(value, *NAMES)
        return text_of(inner), inner or value
    return text_of(value), value


SCHEMA = Schema("plain", fits, read, Reading("plain", yaml12=True), "other")
