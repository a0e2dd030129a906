"""transformers.activations: activations by the names that model configurations have (transformers 4.57, activations.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TANH = {"approximate": Const("tanh")}
_LAYERS: dict[str, tuple[str, dict[str, Const]]] = {
    "gelu": ("GELU", {}),
    "gelu_python": ("GELU", {}),
    "gelu_accurate": ("GELU", _TANH),
    "gelu_fast": ("GELU", _TANH),
    "gelu_new": ("GELU", _TANH),
    "gelu_python_tanh": ("GELU", _TANH),
    "gelu_pytorch_tanh": ("GELU", _TANH),
    "leaky_relu": ("LeakyReLU", {}),
    "linear": ("Identity", {}),
    "mish": ("Mish", {}),
    "prelu": ("PReLU", {}),
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "sigmoid": ("Sigmoid", {}),
    "silu": ("SiLU", {}),
    "swish": ("SiLU", {}),
    "tanh": ("Tanh", {}),
}
"""The layer of torch.nn that computes the same; `laplace`, `quick_gelu`, `relu2` and others have none."""


class ActivationTable(Value):
    """`ACT2FN`: a new layer for each name that it is asked for."""

    __slots__ = ()

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return activation(run, Args([key]))


@LIBRARY.function("transformers.activations.get_activation", "transformers.get_activation")
def activation(run: Interpreter, args: Args) -> Value:
    """`get_activation(name)`"""
    name = args.positional[0] if args.positional else Unknown("a name")
    if isinstance(name, UnionValue):
        return run.each(name, lambda each: activation(run, Args([each])))
    known = _LAYERS.get(name.value) if isinstance(name, Const) and isinstance(name.value, str) else None
    if known is None:
        return Unknown("an activation of transformers")
    layer, options = known
    return run.call(run.library_name(f"torch.nn.{layer}"), Args([], dict(options)))


for _name in ("transformers.activations.ACT2FN", "transformers.ACT2FN"):
    LIBRARY.entries[_name] = ActivationTable()
