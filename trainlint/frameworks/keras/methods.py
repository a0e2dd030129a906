"""Methods and attributes of Keras models and layers, by name: parts of this package register theirs here.

`MODEL_METHODS["fit"]` and the like are called with the run, the model's Instance and the call's arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]
Property = Callable[["Interpreter", Instance], Value | None]

MODEL_METHODS: dict[str, Method] = {}
MODEL_PROPERTIES: dict[str, Property] = {}
LAYER_METHODS: dict[str, Method] = {}
LAYER_PROPERTIES: dict[str, Property] = {}


def model_method(*names: str) -> Callable[[Method], Method]:
    """Register a method of models (not of mere layers) under its names."""

    def register(method: Method) -> Method:
        MODEL_METHODS.update(dict.fromkeys(names, method))
        return method

    return register


def layer_method(*names: str) -> Callable[[Method], Method]:
    """Register a method of every layer, models included."""

    def register(method: Method) -> Method:
        LAYER_METHODS.update(dict.fromkeys(names, method))
        return method

    return register
