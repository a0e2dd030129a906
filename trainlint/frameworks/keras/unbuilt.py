"""Layers that no data was seen to reach, so that they have no weights yet: how these start is told by their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import STARTS, WEIGHTED, Module
from trainlint.frameworks.keras.initializers import scheme_of
from trainlint.frameworks.keras.layers import LayerClass, argument
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.torch.tree import instances

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def finish(run: Interpreter) -> None:
    """Note the initialisers that such layers were given."""
    for instance in instances(run):
        module = instance.data
        if not isinstance(module, Module) or module.op not in WEIGHTED or module.state.get("built"):
            continue
        cls = next((c for c in instance.library_classes() if isinstance(c, LayerClass)), None)
        if cls is None or module.parameters:
            continue
        weights = cls.weights(dict(module.options), None)
        given = [argument(instance, w.initializer) for name, w in weights.items() if "bias" not in name]
        schemes = [scheme_of(run, value) for value in given]
        module.state[STARTS] = tuple(s.init(instance.location) for s in schemes if s is not None)


LIBRARY.finishers.append(finish)
