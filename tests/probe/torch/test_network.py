"""Networks from specifications: every operation runs, and parameters start as they should."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import HE, mlp  # noqa: E402
from trainlint.probe.operations import ACTIVATIONS, OPERATIONS  # noqa: E402
from trainlint.probe.spec import InitSpec, InputSpec, LayerSpec, NetworkSpec  # noqa: E402
from trainlint.probe.worker.network import Network  # noqa: E402

pytestmark = pytest.mark.torch

VECTOR, IMAGE, SIGNAL, VOLUME, SEQUENCE = (6,), (4, 8, 8), (4, 12), (2, 6, 6, 6), (5, 8)
SIZES = {1: SIGNAL, 2: IMAGE, 3: VOLUME}
CONV = {
    f"{name}{n}d": (SIZES[n], {"in_channels": SIZES[n][0], "out_channels": 4, "kernel_size": 3})
    for name in ("conv", "conv_transpose")
    for n in (1, 2, 3)
}
POOL = {
    **{f"{kind}_pool{n}d": (SIZES[n], {"kernel_size": 2}) for kind in ("max", "avg") for n in (1, 2, 3)},
    **{
        f"adaptive_{kind}_pool{n}d": (SIZES[n], {"output_size": 1})
        for kind in ("max", "avg")
        for n in (1, 2, 3)
    },
}
BLOCK = {"d_model": 8, "nhead": 2, "dim_feedforward": 16}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    **CONV,
    **POOL,
    **{name: (SEQUENCE, {"dim": -1} if "dim" in op.required else {}) for name, op in ACTIVATIONS.items()},
    "threshold": (VECTOR, {"threshold": 0.1, "value": 0.0}),
    "linear": (VECTOR, {"in_features": 6, "out_features": 3}),
    "bilinear": (VECTOR, {"in1_features": 6, "in2_features": 6, "out_features": 3}),
    "embedding": (None, {"num_embeddings": 11, "embedding_dim": 3}),
    **{
        name: (SEQUENCE, {"input_size": 8, "hidden_size": 3, "bidirectional": True, "returns": "hidden"})
        for name in ("rnn", "lstm", "gru")
    },
    "attention": (SEQUENCE, {"embed_dim": 8, "num_heads": 2, "causal": True}),
    "transformer_encoder_layer": (SEQUENCE, BLOCK),
    "transformer_encoder": (SEQUENCE, {**BLOCK, "num_layers": 2, "causal": True}),
    "transformer_decoder_layer": (SEQUENCE, BLOCK),
    "transformer_decoder": (SEQUENCE, {**BLOCK, "num_layers": 2}),
    "parameter": (VECTOR, {"shape": (1, 6)}),
    "batchnorm": (IMAGE, {"num_features": 4, "momentum": 0.01}),
    "instancenorm": (IMAGE, {"num_features": 4}),
    "layernorm": (SEQUENCE, {"normalized_shape": (8,), "affine": False}),
    "rmsnorm": (SEQUENCE, {"normalized_shape": (8,)}),
    "groupnorm": (IMAGE, {"num_groups": 2, "num_channels": 4}),
    "l2_normalize": (VECTOR, {}),
    "local_response_norm": (IMAGE, {"size": 2}),
    **{name: (IMAGE, {"p": 0.5}) for name in ("dropout", "dropout_channels", "alpha_dropout")},
    "gaussian_noise": (VECTOR, {"std": 0.1}),
    "upsample": (IMAGE, {"scale_factor": 2, "mode": "nearest"}),
    "pixel_shuffle": (IMAGE, {"factor": 2}),
    "pad": (IMAGE, {"pad": (1, 1, 1, 1)}),
    "flatten": (IMAGE, {}),
    "reshape": (IMAGE, {"shape": (2, -1)}),
    "permute": (IMAGE, {"dims": (0, 2, 3, 1)}),
    "transpose": (SEQUENCE, {"dim0": 1, "dim1": 2}),
    "squeeze": (VECTOR, {}),
    "unsqueeze": (VECTOR, {"dim": 1}),
    "expand": (VECTOR, {"shape": (3, 6)}),
    "repeat": (VECTOR, {"repeats": (2,)}),
    "select": (SEQUENCE, {"dim": 1, "index": -1}),
    "slice": (SEQUENCE, {"dim": 1, "start": 1, "stop": 4}),
    "concat": (VECTOR, {"dim": 1}),
    "stack": (VECTOR, {"dim": 1}),
    "scale": (VECTOR, {"factor": 0.5}),
    "shift": (VECTOR, {"offset": 1.0}),
    "power": (VECTOR, {"exponent": 2}),
    "clamp": (VECTOR, {"min": 0.0}),
    "constant": (VECTOR, {"shape": (6,), "value": 2.0}),
}


def _case(name: str) -> tuple[Any, dict[str, Any]]:
    if name in CASES:
        return CASES[name]
    return (
        (VECTOR, {"dim": 1}) if name.startswith("reduce_") else ((4, 4) if name == "matmul" else VECTOR, {})
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_runs_forwards_and_backwards(name: str) -> None:
    shape, options = _case(name)
    tokens = 11 if shape is None else 0
    count = OPERATIONS[name].inputs
    inputs = ("x",) * (2 if count is None else count)
    if name == "expand":
        inputs = ("u",)
    layers = [LayerSpec("u", "unsqueeze", ("x",), {"dim": 1})] if name == "expand" else []
    layer = LayerSpec("op", name, inputs, options)
    network = Network(NetworkSpec((InputSpec("x", shape or (5,), tokens),), (*layers, layer), ("op",)), 0)
    x = torch.randint(11, (3, 5)) if tokens else torch.rand(3, *shape) + 0.5
    output = network([x])
    assert torch.isfinite(output).all()
    if name not in ("parameter", "constant"):
        assert output.shape[0] == 3
    if output.requires_grad:
        output.sum().backward()
        assert all(p.grad is not None for p in network.parameters())


class TestStart:
    def test_torchs_default_is_torchs(self) -> None:
        weight = Network(mlp(2, width=400), 0).layer("fc1").weight
        assert float(weight.detach().abs().max()) <= 1 / math.sqrt(400)
        assert float(weight.detach().std()) == pytest.approx(1 / math.sqrt(3 * 400), rel=0.02)

    def test_keras_default_is_glorots_with_zero_biases(self) -> None:
        layer = Network(replace(mlp(2, width=400), framework="keras"), 0).layer("fc1")
        assert float(layer.weight.detach().std()) == pytest.approx(math.sqrt(2 / 800), rel=0.02)
        assert not layer.bias.any()

    def test_keras_lstm_forgets_late_and_its_recurrent_weights_are_orthogonal(self) -> None:
        spec = NetworkSpec(
            (InputSpec("x", (5, 8)),),
            (LayerSpec("lstm", "lstm", ("x",), {"input_size": 8, "hidden_size": 4}),),
            ("lstm",),
            "keras",
        )
        rnn = Network(spec, 0).layer("lstm").rnn
        assert rnn.bias_ih_l0.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8
        assert not rnn.bias_hh_l0.any()
        product = rnn.weight_hh_l0.T @ rnn.weight_hh_l0
        assert torch.allclose(product, torch.eye(4), atol=1e-5)

    @pytest.mark.parametrize(
        ("init", "std"),
        [
            (HE, math.sqrt(2 / 400)),
            (InitSpec("he", {"mode": "fan_out", "nonlinearity": "tanh"}), 5 / 3 / math.sqrt(400)),
            (InitSpec("xavier", {"gain": 2.0}), 2 * math.sqrt(2 / 800)),
            (InitSpec("lecun"), 1 / math.sqrt(400)),
            (InitSpec("normal", {"std": 0.3}), 0.3),
            (InitSpec("uniform", {"low": -1.0, "high": 1.0}), 1 / math.sqrt(3)),
            (InitSpec("orthogonal"), 1 / math.sqrt(400)),
            (InitSpec("variance_scaling", {"scale": 2.0, "distribution": "truncated_normal"}), math.sqrt(2 / 400)),
            (InitSpec("zeros"), 0.0),
        ],
        ids=lambda value: value.scheme if isinstance(value, InitSpec) else "",
    )  # fmt: skip
    def test_schemes_have_their_spread(self, init: InitSpec, std: float) -> None:
        weight = Network(mlp(2, width=400, weight=init), 0).layer("fc1").weight
        assert float(weight.detach().std()) == pytest.approx(std, rel=0.03)

    def test_an_unknown_scheme_is_refused(self) -> None:
        with pytest.raises(ValueError, match="magic"):
            Network(mlp(1, weight=InitSpec("magic")), 0)

    def test_what_two_variants_share_starts_alike(self) -> None:
        one, other = Network(mlp(3, "sigmoid"), 7), Network(mlp(3, "relu", norm=True), 7)
        for name in ("fc0", "fc1", "fc2", "out"):
            assert torch.equal(one.layer(name).weight, other.layer(name).weight)
            assert torch.equal(one.layer(name).bias, other.layer(name).bias)
        assert not torch.equal(one.layer("fc1").weight, Network(mlp(3), 8).layer("fc1").weight)

    def test_a_shared_layer_has_its_weights_once(self) -> None:
        spec = mlp(2)
        first = replace(spec.layers[2], id="again", shares="fc1", inputs=("act1",))
        out = replace(spec.layers[-1], inputs=("again",))
        network = Network(replace(spec, layers=(*spec.layers[:-1], first, out)), 0)
        assert network.layer("again") is network.layer("fc1")
        assert len(list(network.parameters())) == 6
