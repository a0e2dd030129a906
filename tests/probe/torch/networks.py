"""Small networks for experiments on the probe, as specifications."""

from __future__ import annotations

from dataclasses import replace

from trainlint.probe.spec import InitSpec, InputSpec, LayerSpec, LossSpec, NetworkSpec, TaskSpec, UpdateSpec

HE = InitSpec("he", {"nonlinearity": "relu"})
CLASSES = TaskSpec("multiclass", LossSpec("cross_entropy", "logits"), (4,), 4)
VALUES = TaskSpec("regression", LossSpec("mse"), (1,))
SGD, ADAM = UpdateSpec("sgd", 0.1), UpdateSpec("adam", 1e-3)


def mlp(
    depth: int,
    activation: str = "relu",
    *,
    width: int = 32,
    outputs: int = 4,
    weight: InitSpec | None = None,
    bias: InitSpec | None = None,
    norm: bool = False,
    last: str = "",
    flagged: bool = True,
) -> NetworkSpec:
    """A perceptron with `depth` hidden layers of 20 inputs; its activations are what a finding is about."""
    inits = {**({"weight": weight} if weight else {}), **({"bias": bias} if bias else {})}
    layers: list[LayerSpec] = []
    previous, size = "x", 20
    for number in range(depth):
        options = {"in_features": size, "out_features": width}
        layers.append(LayerSpec(f"fc{number}", "linear", (previous,), options, inits))
        if norm:
            layers.append(LayerSpec(f"norm{number}", "batchnorm", (layers[-1].id,), {"num_features": width}))
        dim = {"dim": 1} if activation == "softmax" else {}
        layers.append(LayerSpec(f"act{number}", activation, (layers[-1].id,), dim, flagged=flagged))
        previous, size = layers[-1].id, width
    layers.append(LayerSpec("out", "linear", (previous,), {"in_features": size, "out_features": outputs}))
    if last:
        layers.append(LayerSpec("last", last, ("out",)))
    return NetworkSpec((InputSpec("x", (20,)),), tuple(layers), (layers[-1].id,))


def recurrent(kind: str = "lstm", steps: int = 20, width: int = 32) -> NetworkSpec:
    """One recurrent layer and a linear one on its last step."""
    options = {"input_size": 8, "hidden_size": width, "returns": "last"}
    layers = (
        LayerSpec("rnn", kind, ("x",), options),
        LayerSpec("out", "linear", ("rnn",), {"in_features": width, "out_features": 4}),
    )
    return NetworkSpec((InputSpec("x", (steps, 8)),), layers, ("out",))


def constant_first(network: NetworkSpec, value: float) -> NetworkSpec:
    """The same with one layer that starts constant."""
    init = {"weight": InitSpec("constant", {"value": value}), "bias": InitSpec("zeros")}
    return replace(network, layers=(replace(network.layers[0], inits=init), *network.layers[1:]))
