"""Layers of torch.nn whose call differs from one operation on one input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch.layers import LayerClass
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.operations import Operation, between, record, tensor_input
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class IdentityClass(LayerClass):
    """Identity takes any arguments and returns its input itself."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, Args())

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return args.positional[0] if args.positional else args.keywords.get("input", Unknown("input"))


class PairClass(LayerClass):
    """A comparison of two tensors."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        inputs = tuple(tensor_input(run, value) for value in args.values()[:2])
        module = instance.data
        return Tensor(record(run, self.operation, inputs, module.options, module=module), TORCH)


LIBRARY.add(IdentityClass("torch.nn.Identity", Operation(Op.RESHAPE, "identity"), ""))
LIBRARY.add(
    PairClass(
        "torch.nn.CosineSimilarity",
        Operation(Op.REDUCE, "cosine_similarity", "", (), s.unknown, between(-1.0, 1.0)),
        "dim=1, eps=1e-08",
    )
)
LIBRARY.add(
    PairClass(
        "torch.nn.PairwiseDistance",
        Operation(Op.REDUCE, "pairwise_distance", "", (), s.unknown, between(0.0, None)),
        "p=2.0, eps=1e-06, keepdim=False",
    )
)
_BILINEAR = LIBRARY.entries["torch.nn.Bilinear"]
if isinstance(_BILINEAR, LayerClass):
    LIBRARY.add(PairClass(_BILINEAR.qualname, _BILINEAR.operation, _BILINEAR.parameters, _BILINEAR.weights))
