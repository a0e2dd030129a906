"""Methods of tensors that end in `_`: they change the tensor itself, a parameter or a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Node, Op
from trainlint.frameworks.torch import gradients, parameters
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

InPlace = Callable[["Interpreter", Tensor, Args], Value]


def _copied(run: Interpreter, tensor: Tensor, args: Args) -> Value:
    source = args.bind("src").get("src", Unknown("copy_()"))
    if not parameters.overwrite(run, tensor, source):
        node = run.as_node(source)
        run.write(tensor.cells, "node", run.node(Op.CAST, "copy", (node,), shape=tensor.shape))
    return tensor


def in_place(name: str) -> InPlace | None:
    """The in-place method of a name that ends in `_`; None if it is not modelled."""
    from trainlint.frameworks.torch.tensor_methods import METHODS

    draw, base = parameters.IN_PLACE_DRAWS.get(name), METHODS.get(name[:-1])
    if name != "copy_" and draw is None and base is None:
        return None

    def handler(run: Interpreter, tensor: Tensor, args: Args) -> Value:
        if "grad_of" in tensor.cells:
            gradients.changed_in_place(run, tensor, name, args)
            return tensor
        if name == "copy_":
            return _copied(run, tensor, args)
        if draw is not None:
            scheme, options = parameters.drawn_in_place(run, tensor, name, args)
            if not parameters.initialise(run, tensor, scheme, options):
                run.write(tensor.cells, "node", _drawn(run, tensor, scheme, options))
            return tensor
        assert base is not None
        result = base(run, Args([tensor, *args.positional], args.keywords, args.open))
        if isinstance(result, Tensor) and not parameters.overwrite(run, tensor, result, change=True):
            run.write(tensor.cells, "node", result.node)
        return tensor

    return handler


def _drawn(run: Interpreter, tensor: Tensor, scheme: str, options: dict[str, Fact[Any]]) -> Node:
    op = Op.CONSTANT if scheme in ("zeros", "constant") else Op.RANDOM
    name = {"constant": "full"}.get(scheme, scheme)
    low, high = (options[k].value if k in options else None for k in ("low", "high"))
    return run.node(op, name, (), options, tensor.shape, attached=False, low=low, high=high)
