"""Recurrent layers and cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Node, Op, Shape
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.layer import LAYER_CLASS, KerasClass, ensure_built
from trainlint.frameworks.keras.layers import (
    LayerClass,
    Weight,
    Weights,
    add,
    argument,
    first_value,
    flag,
    last_size,
    size,
)
from trainlint.frameworks.keras.layers import value as value_of
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.operations import plain, tensor_input
from trainlint.frameworks.torch.shapes import Options, ShapeRule, Shapes
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Columns of the kernels per unit."""


def _weights(kind: str) -> Weights:
    def weights(options: dict[str, Fact[object]], shape: Shape | None) -> dict[str, Weight]:
        options["input_size"] = last_size(shape, {})
        units, wide = size(options, "hidden_size"), size(options, "input_size")
        columns = GATES[kind] * units if units is not None else None
        doubled = kind == "gru" and flag(options, "reset_after").value is True  # one for each kernel
        return {
            "weight_ih": Weight((wide, columns), "kernel_initializer"),
            "weight_hh": Weight((units, columns), "recurrent_initializer"),
            "bias": Weight(
                (2, columns) if doubled else (columns,), "bias_initializer", flag(options, "bias")
            ),
        }

    return weights


def _conv_weights(dims: int) -> Weights:
    def weights(options: dict[str, Fact[object]], shape: Shape | None) -> dict[str, Weight]:
        step = (shape[0], *shape[2:]) if shape is not None and len(shape) > 2 else None
        options["in_channels"] = last_size(step, options)
        wide, filters = size(options, "in_channels"), size(options, "out_channels")
        columns = 4 * filters if filters is not None else None
        kernel = [k if isinstance(k, int) else None for k in s.each(value_of(options, "kernel_size"), dims)]
        return {
            "weight_ih": Weight((*kernel, wide, columns), "kernel_initializer"),
            "weight_hh": Weight((*kernel, filters, columns), "recurrent_initializer"),
            "bias": Weight((columns,), "bias_initializer", flag(options, "bias")),
        }

    return weights


def _conv_sequence(dims: int) -> ShapeRule:
    """The states of a convolution over every step, or that of the last one."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape, whole = shapes[0], o.get("return_sequences")
        if shape is None or len(shape) != dims + 3 or not isinstance(whole, bool | int):
            return None
        found = s.sliding(dims, "out_channels")([(shape[0], *shape[2:])], o)
        return found if found is None or not whole else (found[0], shape[1], *found[1:])

    return rule


def _sequence(shapes: Shapes, o: Options) -> Shape | None:
    """(batch, steps, units) with return_sequences, else (batch, units); twice the units for both directions."""
    shape, units = shapes[0], o.get("hidden_size")
    if shape is None or not isinstance(units, int) or len(shape) < 2:
        return None
    if o.get("bidirectional") is True and o.get("merge_mode", "concat") == "concat":
        units *= 2
    whole = o.get("return_sequences")
    if not isinstance(whole, bool | int):
        return None
    return (shape[0], shape[1], units) if whole else (shape[0], units)


class RecurrentLayer(LayerClass):
    """SimpleRNN, LSTM, GRU: the sequence or its last step, and the states where they are asked for."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        function = argument(instance, "activation")
        instance.data.options["nonlinearity"] = run.fact(function) if function is not None else known("tanh")

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        inputs = [tensor_input(run, first_value(args))]
        states = args.bind("inputs", "initial_state").get("initial_state")
        for state in getattr(states, "elements", (states,)):
            if isinstance(state, Tensor):
                inputs.append(state.node)
        node = self.apply(run, instance, tuple(inputs))
        options = plain(module.options)
        if options.get("merge_mode", "") is None and options.get("bidirectional"):
            return ListValue(
                [self._part(run, node, module, "forward"), self._part(run, node, module, "backward")]
            )
        if options.get("return_state") is not True:
            return Tensor(node, KERAS)
        count = (2 if self.name == "lstm" else 1) * (2 if options.get("bidirectional") else 1)
        return ListValue(
            [Tensor(node, KERAS), *(self._part(run, node, module, "state") for _ in range(count))]
        )

    @staticmethod
    def _part(run: Interpreter, node: Node, module: Module, name: str) -> Tensor:
        units = module.options.get("hidden_size")
        wide = units.value if units is not None and isinstance(units.value, int) else None
        batch = node.shape[0] if node.shape else None
        shape = (batch, wide) if name == "state" else None
        return Tensor(
            run.node(Op.INDEX, name, (node,), {}, shape, module=module, location=module.location), KERAS
        )


class CellLayer(LayerClass):
    """LSTMCell and the like: (output, states) of one step."""

    __slots__ = ()

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        inputs = [tensor_input(run, first_value(args))]
        states = args.positional[1] if len(args.positional) > 1 else args.keywords.get("states")
        for state in getattr(states, "elements", (states,)):
            if isinstance(state, Tensor):
                inputs.append(state.node)
        node = self.apply(run, instance, tuple(inputs))
        count = 2 if self.name == "lstm" else 1
        kept: list[Value] = [Tensor(node, KERAS)]
        kept += [
            Tensor(run.node(Op.INDEX, "state", (node,), module=module, location=module.location), KERAS)
            for _ in range(count - 1)
        ]
        return TupleValue([Tensor(node, KERAS), ListValue(kept)])


class LoopLayer(KerasClass):
    """RNN(cell) and RNN([cell, cell]): the cells at every step."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        bound = args.bind("cell", "return_sequences", "return_state")
        if "cell" in bound:
            run.set_instance_attribute(instance, "cell", bound["cell"])
        for name in ("return_sequences", "return_state"):
            instance.data.options[name] = run.fact(bound[name]) if name in bound else known(False)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        cells = instance.attrs.get("cell", Unknown("the cell"))
        if isinstance(cells, Instance) and "cells" in cells.attrs:
            cells = cells.attrs["cells"]
        value = first_value(args)
        shape = value.shape if isinstance(value, Tensor) else None
        steps = shape[1] if shape is not None and len(shape) > 2 else None
        if isinstance(value, Tensor):
            step = (shape[0], *shape[2:]) if shape is not None and len(shape) > 2 else None
            value = Tensor(
                run.node(Op.RESHAPE, "step", (value.node,), {}, step, location=instance.location), KERAS
            )
        for cell in getattr(cells, "elements", (cells,)):
            value = self._stepped(run, cell, value)
        whole = value_of(instance.data.options, "return_sequences")
        if isinstance(value, Tensor) and whole:
            out = (value.shape[0], steps, *value.shape[1:]) if value.shape else None
            value = Tensor(
                run.node(Op.RESHAPE, "steps", (value.node,), {}, out, location=instance.location), KERAS
            )
        if value_of(instance.data.options, "return_state"):
            return ListValue([value, Unknown("the states of a recurrent layer")], open=True)
        return value

    @staticmethod
    def _stepped(run: Interpreter, cell: Value, value: Value) -> Value:
        batch = value.shape[0] if isinstance(value, Tensor) and value.shape else None
        zeros = Tensor(run.node(Op.CONSTANT, "zeros", (), {}, (batch, None), attached=False), KERAS)
        if isinstance(cell, Instance) and isinstance(cell.data, Module):
            node = run.as_node(value)
            ensure_built(run, cell, node.shape, Args([value]))
        result = run.call(cell, Args([value, ListValue([zeros, zeros])]))
        elements = getattr(result, "elements", ())
        return elements[0] if elements else result


class StackedCells(KerasClass):
    """StackedRNNCells([...])"""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        cells = args.positional[0] if args.positional else args.keywords.get("cells")
        if cells is not None:
            run.set_instance_attribute(instance, "cells", cells)


_INITS = (
    "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', "
    "kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
    "kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0"
)
_MODES = "return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False"
_UNITS = {"units": "hidden_size"}
for _name, _kind in (("SimpleRNN", "rnn"), ("LSTM", "lstm"), ("GRU", "gru")):
    _gate = "" if _kind == "rnn" else "recurrent_activation='sigmoid', "
    _start = f"units, activation='tanh', {_gate}use_bias=True"
    add(_name, Op.RECURRENT, _kind, f"{_start}, {_INITS}, seed=None, {_MODES}, unit_forget_bias=True, reset_after=True, "
        "implementation=None, time_major=False, use_cudnn='auto'", _weights(_kind), _sequence, renamed=_UNITS,
        cls=RecurrentLayer, old=f"CuDNN{_name}" if _kind != "rnn" else "")  # fmt: skip
    add(f"{_name}Cell", Op.RECURRENT, _kind, f"{_start}, {_INITS}, unit_forget_bias=True, reset_after=True, seed=None",
        _weights(_kind), lambda shapes, o: (*shapes[0][:1], o.get("hidden_size")) if shapes[0] else None,
        renamed=_UNITS, cls=CellLayer, cell=True)  # fmt: skip
for _n in (1, 2, 3):
    add(f"ConvLSTM{_n}D", Op.RECURRENT, "conv_lstm", "filters, kernel_size, strides=1, padding='valid', data_format=None, "
        f"dilation_rate=1, activation='tanh', recurrent_activation='sigmoid', use_bias=True, {_INITS}, {_MODES}, "
        "unit_forget_bias=True", _conv_weights(_n), _conv_sequence(_n), cls=RecurrentLayer, dims=_n)  # fmt: skip
RNN = LoopLayer("keras.layers.RNN", (LAYER_CLASS,))
LIBRARY.add(RNN)
LIBRARY.add(StackedCells("keras.layers.StackedRNNCells", (LAYER_CLASS,)))
