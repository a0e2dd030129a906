"""Recurrent layers and attention: layers whose call returns more than one tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Node, Op, Shape
from trainlint.frameworks.torch.layer_tables import NON_DYNAMIC, option
from trainlint.frameworks.torch.layers import PRESENT, LayerClass, Options, build, option_value, size
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import Operation, record, tensor_input
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Rows of the weight matrices per hidden unit."""

LONGEST_STACK = 64
"""Layers of one recurrent stack whose parameters are listed; a larger number is taken for a mistake."""

_PLACE = "device=None, dtype=None"


def _stack_weights(kind: str) -> Any:
    """weight_ih_l0, weight_hh_l0, bias_ih_l0, ... as torch.nn.LSTM names them."""

    def weights(options: Options) -> dict[str, tuple[Shape | None, Fact[Any]]]:
        hidden, wide = size(options, "hidden_size"), size(options, "input_size")
        rows = GATES[kind] * hidden if hidden is not None else None
        both = options["bidirectional"].value is True
        found: dict[str, tuple[Shape | None, Fact[Any]]] = {}
        for layer in range(min(size(options, "num_layers") or 1, LONGEST_STACK)):
            above = (hidden * (2 if both else 1)) if hidden is not None else None
            for suffix in ("", "_reverse") if both else ("",):
                name = f"l{layer}{suffix}"
                found[f"weight_ih_{name}"] = ((rows, wide if layer == 0 else above), PRESENT)
                found[f"weight_hh_{name}"] = ((rows, hidden), PRESENT)
                found[f"bias_ih_{name}"] = ((rows,), option(options, "bias"))
                found[f"bias_hh_{name}"] = ((rows,), option(options, "bias"))
        return found

    return weights


def _cell_weights(kind: str) -> Any:
    def weights(options: Options) -> dict[str, tuple[Shape | None, Fact[Any]]]:
        hidden = size(options, "hidden_size")
        rows = GATES[kind] * hidden if hidden is not None else None
        bias = option(options, "bias")
        return {
            "weight_ih": ((rows, size(options, "input_size")), PRESENT),
            "weight_hh": ((rows, hidden), PRESENT),
            "bias_ih": ((rows,), bias),
            "bias_hh": ((rows,), bias),
        }

    return weights


class RecurrentClass(LayerClass):
    """RNN, LSTM, GRU: (output, hidden), where an LSTM's hidden state is (h, c)."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "flatten_parameters":
            return super().attribute(run, instance, "extra_repr")
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        bound = args.bind("input", "hx")
        module = instance.data
        node = record(
            run, self.operation, (tensor_input(run, bound.get("input")),), module.options, module=module
        )

        shapes = _state_shapes(node.inputs[0].shape if node.inputs else None, module.options)

        def state(shape: Shape | None) -> Value:
            made = run.node(Op.INDEX, "hidden", (node,), shape=shape, module=module, location=module.location)
            return Tensor(made, TORCH)

        hidden = TupleValue([state(s) for s in shapes]) if self.name == "lstm" else state(shapes[1])
        return TupleValue([Tensor(node, TORCH), hidden])


class CellClass(LayerClass):
    """RNNCell, LSTMCell, GRUCell: one step; an LSTMCell returns (h, c)."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        bound = args.bind("input", "hx")
        module = instance.data
        inputs = [tensor_input(run, bound.get("input"))]
        carried = bound.get("hx")
        parts = carried.elements if isinstance(carried, TupleValue) else (carried,)
        inputs += [part.node for part in parts if isinstance(part, Tensor)]
        node = record(run, self.operation, tuple(inputs), module.options, module=module)
        if self.name != "lstm":
            return Tensor(node, TORCH)
        cell = run.node(Op.INDEX, "cell", (node,), module=module, location=module.location)
        return TupleValue([Tensor(node, TORCH), Tensor(cell, TORCH)])


def _sequence_shape(shapes: Any, options: Any) -> Shape | None:
    shape, hidden = shapes[0], options.get("hidden_size")
    if not shape or not isinstance(hidden, int):
        return None
    return (*shape[:-1], hidden * (2 if options.get("bidirectional") else 1))


def _state_shapes(given: Shape | None, options: Options) -> tuple[Shape | None, Shape | None]:
    """Shapes of h and c after the last step: (directions x layers, batch, width), without batch if it is absent."""
    hidden, layers = size(options, "hidden_size"), size(options, "num_layers")
    first, both = option_value(options, "batch_first"), option_value(options, "bidirectional")
    if given is None or len(given) not in (2, 3) or hidden is None or layers is None:
        return None, None
    if not (isinstance(first, Const) and isinstance(both, Const)):
        return None, None
    batch = () if len(given) == 2 else (given[0 if first.value else 1],)
    lead = (layers * (2 if both.value else 1), *batch)
    projected = size(options, "proj_size") if "proj_size" in options else None
    return (*lead, projected or hidden), (*lead, hidden)


class AttentionClass(LayerClass):
    """MultiheadAttention: (output, weights)."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        options = instance.data.options
        wide = option_value(options, "embed_dim")
        out = build(run, NON_DYNAMIC, wide, wide, bias=option_value(options, "bias"))
        run.write(instance.attrs, "out_proj", out)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        bound = args.bind("query", "key", "value", "key_padding_mask", "need_weights")
        module = instance.data
        inputs: list[Node] = []
        for name in ("query", "key", "value"):
            node = tensor_input(run, bound.get(name)) if name in bound else None
            if node is not None and not any(node is other for other in inputs):
                inputs.append(node)
        node = record(run, self.operation, tuple(inputs), module.options, module=module)
        needed = bound.get("need_weights", Const(True))
        if isinstance(needed, Const) and not needed.value:
            return TupleValue([Tensor(node, TORCH), Const(None)])
        weights = run.node(
            Op.INDEX, "attention_weights", (node,), module=module, location=module.location, low=0.0, high=1.0
        )
        return TupleValue([Tensor(node, TORCH), Tensor(weights, TORCH)])


def _attention_weights(options: Options) -> dict[str, tuple[Shape | None, Fact[Any]]]:
    wide = size(options, "embed_dim")
    tripled = 3 * wide if wide is not None else None
    bias = option(options, "bias")
    if options["kdim"].value is None and options["vdim"].value is None:
        return {"in_proj_weight": ((tripled, wide), PRESENT), "in_proj_bias": ((tripled,), bias)}
    return {
        "q_proj_weight": ((wide, wide), PRESENT),
        "k_proj_weight": ((wide, size(options, "kdim") or wide), PRESENT),
        "v_proj_weight": ((wide, size(options, "vdim") or wide), PRESENT),
        "in_proj_bias": ((tripled,), bias),
    }


RNN_BASE = ModuleClass("torch.nn.RNNBase", (NN_MODULE,))
CELL_BASE = ModuleClass("torch.nn.RNNCellBase", (NN_MODULE,))
LIBRARY.add(RNN_BASE)
LIBRARY.add(CELL_BASE)

_STACK = f"bias=True, batch_first=False, dropout=0.0, bidirectional=False, {_PLACE}"
for _kind in GATES:
    _before = "nonlinearity='tanh', " if _kind == "rnn" else ""
    _parameters = f"input_size, hidden_size, num_layers=1, {_before}{_STACK}".replace(
        ", device", ", proj_size=0, device" if _kind == "lstm" else ", device"
    )
    _operation = Operation(Op.RECURRENT, _kind, "", (), _sequence_shape)
    LIBRARY.add(
        RecurrentClass(
            f"torch.nn.{_kind.upper()}", _operation, _parameters, _stack_weights(_kind), bases=(RNN_BASE,)
        )
    )
    _nonlinear = "nonlinearity='tanh', " if _kind == "rnn" else ""
    _cell = f"input_size, hidden_size, bias=True, {_nonlinear}{_PLACE}"
    LIBRARY.add(
        CellClass(
            f"torch.nn.{_kind.upper()}Cell",
            _operation,
            _cell,
            _cell_weights(_kind),
            {"cell": True},
            bases=(CELL_BASE,),
        )
    )

MULTIHEAD_ATTENTION = AttentionClass(
    "torch.nn.MultiheadAttention",
    Operation(Op.ATTENTION, "multihead_attention"),
    "embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, "
    f"batch_first=False, {_PLACE}",
    _attention_weights,
)
LIBRARY.add(MULTIHEAD_ATTENTION)
