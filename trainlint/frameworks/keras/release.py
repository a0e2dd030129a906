"""Which Keras a program is written for, as far as its names show: default rates of some optimizers have changed."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from trainlint.facts.fact import known, unknown
from trainlint.facts.training import Optimizer, ParamGroup
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.names import SECTIONS
from trainlint.frameworks.keras.old_names import RENAMED as ARGUMENTS_OF_1

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

OLDER_RATES = {
    "keras.optimizers.Adagrad": 0.01,
    "keras.optimizers.Adadelta": 1.0,
    "keras.optimizers.Adamax": 0.002,
    "keras.optimizers.Nadam": 0.002,
}
"""Defaults of the package `keras` before 2.4, which is tf.keras by another name since then (documentation of Keras
1.2 and 2.3)."""
FIRST, BEFORE_3 = "Keras 1", "before Keras 3"
_KEPT = frozenset(
    {"init", "bias", "alpha", "p", "stride", "length", "gamma_init", "beta_init", "sigma", "output_dim"}
)
"""Arguments of Keras 1 that are words of later layers too."""
GONE = (
    *(f"keras.{section}" for section in SECTIONS if section != "random"),
    *(f"keras.layers.{part}" for part in (
        "core", "convolutional", "normalization", "recurrent", "pooling", "merge", "embeddings", "wrappers", "noise",
        "local", "advanced_activations",
    )),
    "keras.utils.np_utils", "keras.utils.vis_utils", "keras.utils.generic_utils", "keras.utils.training_utils",
    "keras.preprocessing.image.ImageDataGenerator", "keras.backend.tensorflow_backend", "keras.wrappers",
)  # fmt: skip
"""Names that Keras 3 no longer has."""


def note(run: Interpreter, sign: str) -> None:
    """Keep a sign of the release: `keras` or `tensorflow`, BEFORE_3, FIRST."""
    _signs(run).add(sign)


def _signs(run: Interpreter) -> set[str]:
    found: set[str] = run.memo.setdefault("keras.release", set())
    return found


def looked_up(run: Interpreter, qualname: str) -> None:
    """A name that the program uses, as it writes it."""
    root = qualname.split(".")[0]
    if root in ("keras", "tensorflow"):
        note(run, root)
    if root == "keras" and any(qualname == name or qualname.startswith(f"{name}.") for name in GONE):
        note(run, BEFORE_3)


def arguments(run: Interpreter, names: Set[str]) -> None:
    """Keywords of a layer's constructor, as the program writes them."""
    if names & (ARGUMENTS_OF_1.keys() - _KEPT):
        note(run, FIRST)


def finish(run: Interpreter) -> None:
    """Default rates of a program that uses the package `keras` by itself, in a release before 3."""
    signs = _signs(run)
    if "tensorflow" in signs or not signs & {FIRST, BEFORE_3}:
        return
    for optimizer in run.program.optimizers:
        if optimizer.name in OLDER_RATES and optimizer.state.get("default_rate"):
            _set(optimizer, FIRST in signs)


def _set(optimizer: Optimizer, certain: bool) -> None:
    why = "the default rate depends on the release of Keras"
    optimizer.lr = known(OLDER_RATES[optimizer.name]) if certain else unknown(why)
    optimizer.groups = tuple(ParamGroup(optimizer.lr, group.parameters) for group in optimizer.groups)


LIBRARY.observers_of_names.append(looked_up)
LIBRARY.finishers.append(finish)
