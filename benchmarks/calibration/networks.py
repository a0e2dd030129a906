"""Networks for the calibration: perceptrons, convolutions, recurrent ones and small transformers, as specs.

Every builder takes the same choices, so that a fault is one choice changed: the activation, its initialisation, what
stands between layers. Ids are by place (`fc0`, `act0`), so that what two variants share starts from the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from trainlint.probe.spec import InitSpec, InputSpec, LayerSpec, NetworkSpec

HE = {"weight": InitSpec("he", {"nonlinearity": "relu"}), "bias": InitSpec("zeros")}
XAVIER = {"weight": InitSpec("xavier"), "bias": InitSpec("zeros")}


@dataclass(frozen=True)
class Style:
    """What all hidden layers of a network have. init: explicit initialisations by parameter; None for the framework's.
    norm: batchnorm, layernorm or "". dropout: after each activation; dropout_first: before the norm instead.
    residual: every second hidden layer adds what went into the one before. last: an activation on the output."""

    activation: str = "relu"
    init: dict[str, InitSpec] | None = None
    norm: str = ""
    residual: bool = False
    dropout: float = 0.0
    dropout_first: bool = False
    bias: bool = True
    last: str = ""
    framework: str = "torch"


PLAIN = Style()


class _Layers:
    """Layers in order, each fed by the one before unless told otherwise."""

    def __init__(self, style: Style, start: str) -> None:
        self.style, self.at = style, start
        self.layers: list[LayerSpec] = []

    def add(
        self, name: str, op: str, *inputs: str, inits: dict[str, InitSpec] | None = None, **options: Any
    ) -> str:
        self.layers.append(LayerSpec(name, op, inputs or (self.at,), options, inits or {}))
        self.at = name
        return name

    def act(self, name: str, op: str) -> None:
        if op:
            self.add(name, op, **({"dim": 1} if op in ("softmax", "log_softmax") else {}))

    def between(self, number: int, width: int, kind: str = "") -> None:
        """Norm, activation and dropout behind hidden layer `number`."""
        style = self.style
        if style.dropout and style.dropout_first:
            self.add(f"drop{number}", "dropout", p=style.dropout)
        if style.norm == "batchnorm":
            self.add(f"norm{number}", "batchnorm", num_features=width)
        elif style.norm:
            self.add(f"norm{number}", style.norm, normalized_shape=(width,))
        self.act(f"act{number}", style.activation)
        if style.dropout and not style.dropout_first:
            self.add(f"drop{number}", "dropout", p=style.dropout)


def mlp(depth: int, width: int, inputs: int = 16, outputs: int = 4, style: Style = PLAIN) -> NetworkSpec:
    """depth: hidden layers. Input (inputs,), output (outputs,)."""
    made = _Layers(style, "x")
    size, skip = inputs, ""
    for number in range(depth):
        before = made.at
        made.add(
            f"fc{number}", "linear", inits=style.init, in_features=size, out_features=width, bias=style.bias
        )
        made.between(number, width)
        if style.residual and number % 2 == 1 and skip:
            made.add(f"sum{number}", "add", made.at, skip)
        if style.residual and number % 2 == 0:
            skip = made.at if number == 0 else before
        size = width
    made.add("out", "linear", in_features=size, out_features=outputs)
    made.act("last", style.last)
    return _network((InputSpec("x", (inputs,)),), made, f"mlp{depth}x{width}", style)


def cnn(depth: int, width: int, outputs: int = 4, size: int = 12, style: Style = PLAIN) -> NetworkSpec:
    """depth: convolutions of 3x3, a max pooling behind every second one while there is room. Input (3, size, size)."""
    made = _Layers(style, "x")
    channels, side = 3, size
    for number in range(depth):
        made.add(
            f"conv{number}", "conv2d", inits=style.init, in_channels=channels, out_channels=width,
            kernel_size=3, padding=1, bias=style.bias,
        )  # fmt: skip
        made.between(number, width)
        channels = width
        if number % 2 == 1 and side >= 4:
            made.add(f"pool{number}", "max_pool2d", kernel_size=2)
            side //= 2
    made.add("gap", "adaptive_avg_pool2d", output_size=1)
    made.add("flat", "flatten")
    made.add("out", "linear", in_features=width, out_features=outputs)
    made.act("last", style.last)
    return _network((InputSpec("x", (3, size, size)),), made, f"cnn{depth}x{width}", style)


def signal(depth: int, width: int, outputs: int = 4, length: int = 20, style: Style = PLAIN) -> NetworkSpec:
    """depth: convolutions of 5 over time, a max pooling behind the first one. Input (4, length); mean over time."""
    made = _Layers(style, "x")
    channels = 4
    for number in range(depth):
        made.add(
            f"conv{number}", "conv1d", inits=style.init, in_channels=channels, out_channels=width,
            kernel_size=5, padding=2, bias=style.bias,
        )  # fmt: skip
        made.between(number, width)
        channels = width
        if number == 0:
            made.add("pool", "max_pool1d", kernel_size=2)
    made.add("gap", "adaptive_avg_pool1d", output_size=1)
    made.add("flat", "flatten")
    made.add("out", "linear", in_features=width, out_features=outputs)
    made.act("last", style.last)
    return _network((InputSpec("x", (4, length)),), made, f"signal{depth}x{width}", style)


def recurrent(
    kind: str,
    width: int,
    inputs: int = 6,
    length: int = 12,
    layers: int = 1,
    outputs: int = 4,
    style: Style = PLAIN,
) -> NetworkSpec:
    """kind: rnn, lstm, gru. Input (length, inputs); the last step goes to the output layer."""
    made = _Layers(style, "x")
    made.add(
        "rnn", kind, inits=style.init, input_size=inputs, hidden_size=width, num_layers=layers, returns="last"
    )
    made.add("out", "linear", in_features=width, out_features=outputs)
    made.act("last", style.last)
    return _network((InputSpec("x", (length, inputs)),), made, f"{kind}{width}x{length}", style)


def transformer(
    depth: int, width: int = 32, inputs: int = 8, length: int = 8, outputs: int = 4, style: Style = PLAIN
) -> NetworkSpec:
    """Encoder blocks with the norm behind, as torch has them by default. Input (length, inputs); mean over positions."""
    made = _Layers(style, "x")
    made.add("embed", "linear", in_features=inputs, out_features=width)
    for number in range(depth):
        made.add(
            f"block{number}", "transformer_encoder_layer", d_model=width, nhead=4, dim_feedforward=2 * width,
            dropout=style.dropout, norm_first=False,
        )  # fmt: skip
    made.add("mean", "reduce_mean", dim=1)
    made.add("out", "linear", in_features=width, out_features=outputs)
    made.act("last", style.last)
    return _network((InputSpec("x", (length, inputs)),), made, f"transformer{depth}x{width}", style)


def _network(inputs: tuple[InputSpec, ...], made: _Layers, name: str, style: Style) -> NetworkSpec:
    network = NetworkSpec(inputs, tuple(made.layers), (made.at,), style.framework, name)
    network.check()
    return network


def ending_in(network: NetworkSpec, *ops: tuple[str, dict[str, Any]]) -> NetworkSpec:
    """The same with operations behind its output."""
    layers, at = list(network.layers), network.outputs[0]
    for number, (op, options) in enumerate(ops):
        layers.append(LayerSpec(f"end{number}", op, (at,), options))
        at = layers[-1].id
    return replace(network, layers=tuple(layers), outputs=(at,))


def flag(network: NetworkSpec, *ops: str) -> NetworkSpec:
    """The same with all layers of these operations flagged."""
    layers = tuple(replace(layer, flagged=layer.op in ops) for layer in network.layers)
    return replace(network, layers=layers)


def without(network: NetworkSpec, *ids: str) -> NetworkSpec:
    """The same without these layers of one input; what they fed is fed by what fed them."""
    layers: list[LayerSpec] = []
    instead: dict[str, str] = {}
    for layer in network.layers:
        inputs = tuple(instead.get(i, i) for i in layer.inputs)
        if layer.id in ids:
            instead[layer.id] = inputs[0]
        else:
            layers.append(replace(layer, inputs=inputs))
    outputs = tuple(instead.get(o, o) for o in network.outputs)
    return replace(network, layers=tuple(layers), outputs=outputs)
