"""Names that the code does not define: networks and tensors in functions that are run alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.keras.library import LIBRARY, uses_keras
from trainlint.frameworks.keras.names import canonical
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.keras.weights_methods import opaque
from trainlint.semantics.library import Symbol
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MODELS = frozenset({"keras.models.Model", "keras.models.Sequential"})
_TENSORS = frozenset({"tensorflow.Tensor", "keras.KerasTensor"})
_TRAINS = frozenset(
    {"compile", "fit", "fit_generator", "train_on_batch", "trainable_variables", "trainable_weights"}
)
"""What only a Keras model has, in a module that imports Keras: `fit` alone may be scikit-learn's."""
_NO_TENSOR = frozenset({"items", "keys", "append", "get"})
_FLAGS = frozenset({"training", "mask", "train", "is_training", "return_attention_scores"})


def symbolic(run: Interpreter, symbol: Symbol) -> Value | None:
    """A network by annotation or by what code does with it; a tensor where a layer's call() takes it."""
    annotation = canonical(symbol.annotation) if symbol.annotation is not None else ""
    if annotation in _MODELS:
        return opaque(run, symbol.name, None)
    if annotation in _TENSORS:
        return _tensor(run, symbol)
    if symbol.annotation is not None:
        return None
    if "compile" in symbol.attributes or len(symbol.attributes & _TRAINS) >= 2:
        return opaque(run, symbol.name, None)
    if symbol.in_module and symbol.name not in _FLAGS and not symbol.attributes & _NO_TENSOR:
        return _tensor(run, symbol)
    return None


def unseen_result(run: Interpreter, symbol: Symbol) -> Value | None:
    """A network, where code does with it what only Keras networks bear."""
    uses = symbol.attributes
    trains = "compile" in uses or len(uses & _TRAINS) >= 2
    if {"compile", "fit"} <= uses or (trains and uses_keras(run)):
        return opaque(run, symbol.name, None)
    return None


def _tensor(run: Interpreter, symbol: Symbol) -> Value:
    return Tensor(run.node(Op.INPUT, symbol.name, attached=False), KERAS)


LIBRARY.symbols.append(symbolic)
