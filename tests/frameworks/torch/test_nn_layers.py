"""Layers: what their constructors mean, what a call records, how shapes and bounds follow."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.nn_programs import evaluate, module, node, parameters, signal
from trainlint.facts.graph import Op

SHAPES = [
    ("nn.Linear(8, 3)", (5, 8), (5, 3)),
    ("nn.Linear(8, 3)", (5, 7, 8), (5, 7, 3)),
    ("nn.Conv2d(3, 6, 3)", (2, 3, 10, 12), (2, 6, 8, 10)),
    ("nn.Conv2d(3, 6, kernel_size=(3, 5), stride=2, padding=(1, 2))", (2, 3, 10, 12), (2, 6, 5, 6)),
    ("nn.Conv2d(3, 6, 3, padding='same')", (2, 3, 10, 12), (2, 6, 10, 12)),
    ("nn.Conv1d(4, 8, 3, dilation=2)", (2, 4, 20), (2, 8, 16)),
    ("nn.Conv3d(1, 2, 3)", (2, 1, 8, 8, 8), (2, 2, 6, 6, 6)),
    ("nn.ConvTranspose2d(6, 3, 4, stride=2, padding=1)", (2, 6, 7, 7), (2, 3, 14, 14)),
    ("nn.MaxPool2d(2)", (2, 3, 9, 8), (2, 3, 4, 4)),
    ("nn.MaxPool2d(3, 2, ceil_mode=True)", (2, 3, 8, 8), (2, 3, 4, 4)),
    ("nn.AvgPool1d(3, stride=1)", (2, 3, 9), (2, 3, 7)),
    ("nn.AdaptiveAvgPool2d((1, 1))", (2, 3, 9, 8), (2, 3, 1, 1)),
    ("nn.Flatten()", (2, 3, 4, 5), (2, 60)),
    ("nn.Embedding(10, 4)", (2, 7), (2, 7, 4)),
    ("nn.BatchNorm2d(3)", (2, 3, 4, 4), (2, 3, 4, 4)),
    ("nn.Upsample(scale_factor=2)", (2, 3, 4, 4), (2, 3, 8, 8)),
    ("nn.GLU()", (2, 8), (2, 4)),
    ("nn.Dropout(0.2)", (2, 8), (2, 8)),
]


@pytest.mark.parametrize(("layer", "given", "expected"), SHAPES)
def test_shapes_agree_with_torch(layer: str, given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    program = evaluate(f"y = {layer}(torch.zeros{given})")
    found = [n for n in program.graph.nodes if n.module is not None and n.op is not Op.PARAMETER]
    assert found[-1].shape == expected


@pytest.mark.parametrize(
    ("layer", "bounds"),
    [
        ("nn.Sigmoid()", (0.0, 1.0)),
        ("nn.Softmax(dim=1)", (0.0, 1.0)),
        ("nn.Tanh()", (-1.0, 1.0)),
        ("nn.ReLU()", (0.0, None)),
        ("nn.ReLU6()", (0.0, 6.0)),
        ("nn.LogSoftmax(dim=1)", (None, 0.0)),
        ("nn.ELU(alpha=0.5)", (-0.5, None)),
        ("nn.Hardtanh(-2, 2)", (-2.0, 2.0)),
        ("nn.Linear(4, 4)", (None, None)),
    ],
)
def test_bounds_of_the_output(layer: str, bounds: tuple[float | None, float | None]) -> None:
    program = evaluate(f"y = {layer}(torch.randn(2, 4))")
    last = program.graph.nodes[-1]
    assert (last.low, last.high) == bounds


def test_bounds_pass_through_pooling_and_reshaping() -> None:
    program = evaluate("y = F.max_pool2d(torch.sigmoid(torch.randn(2, 3, 8, 8)), 2).flatten(1)")
    last = program.graph.nodes[-1]
    assert (last.low, last.high, last.shape) == (0.0, 1.0, (2, 48))


def test_options_carry_defaults_and_origins() -> None:
    program = evaluate(
        """
        width = 32
        layer = nn.Conv2d(3, width, 3, bias=False)
        """
    )
    options = module(program, "torch.nn.Conv2d").options
    assert options["out_channels"].value == 32
    assert options["out_channels"].literal is not None
    assert options["out_channels"].literal.line == 9
    assert (options["stride"].value, options["stride"].known, options["stride"].origin) == (1, True, ())
    assert options["bias"].value is False


def test_parameters_and_their_shapes() -> None:
    program = evaluate(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 3)
                self.conv = nn.Conv2d(4, 8, 3, groups=2, bias=False)
                self.up = nn.ConvTranspose1d(4, 6, 5)
                self.norm = nn.BatchNorm2d(8)
                self.plain = nn.BatchNorm2d(8, affine=False)
                self.rnn = nn.LSTM(5, 7, num_layers=2, bidirectional=True)

        net = Net()
        """
    )
    found = {name: p.shape for name, p in parameters(program).items()}
    assert found["fc.weight"] == (3, 4)
    assert found["fc.bias"] == (3,)
    assert found["conv.weight"] == (8, 2, 3, 3)
    assert "conv.bias" not in found
    assert found["up.weight"] == (4, 6, 5)
    assert found["norm.weight"] == (8,)
    assert "plain.weight" not in found
    assert found["rnn.weight_ih_l0"] == (28, 5)
    assert found["rnn.weight_ih_l1_reverse"] == (28, 14)
    assert found["rnn.weight_hh_l1"] == (28, 7)


def test_a_bias_that_is_not_known_may_be_missing() -> None:
    program = evaluate(
        """
        layer = nn.Linear(4, 3, bias=bool(input()))
        layer.bias.data.zero_()
        """
    )
    fact = module(program, "torch.nn.Linear").options["bias"]
    assert not fact.known
    assert "bias" in module(program, "torch.nn.Linear").parameters


def test_recurrent_layers_return_output_and_state() -> None:
    program = evaluate(
        """
        lstm, gru = nn.LSTM(4, 8, batch_first=True), nn.GRU(8, 8)
        out, (h, c) = lstm(torch.zeros(2, 5, 4))
        out2, hidden = gru(out)
        y = nn.Linear(8, 1)(hidden[-1])
        """
    )
    assert node(program, "lstm").shape == (2, 5, 8)
    linear = node(program, "linear")
    assert linear.inputs[0].inputs[0].inputs[0] is node(program, "gru")


def test_attention_and_transformer_blocks() -> None:
    program = evaluate(
        """
        attention = nn.MultiheadAttention(16, 4, batch_first=True)
        x = torch.zeros(2, 5, 16)
        y, weights = attention(x, x, x)
        block = nn.TransformerEncoderLayer(16, 4, dim_feedforward=32, activation="gelu")
        stack = nn.TransformerEncoder(block, num_layers=3)
        z = stack(y)
        """
    )
    assert node(program, "multihead_attention").inputs == (node(program, "multihead_attention").inputs[0],)
    assert node(program, "encoder").op is Op.TRANSFORMER
    assert node(program, "encoder").shape == (2, 5, 16)
    stack = module(program, "torch.nn.TransformerEncoder")
    assert list(stack.children["layers"].children) == ["0", "1", "2"]
    inner = stack.children["layers"].children["2"].children["linear1"]
    assert inner.parameters["weight"].shape == (32, 16)


def test_an_unknown_layer_is_a_gap_in_the_flow_and_not_silence() -> None:
    program = evaluate(
        """
        from somewhere import make
        net = nn.Sequential(nn.Linear(4, 4), make(input()), nn.ReLU())
        y = net(torch.zeros(1, 4))
        """
    )
    relu = node(program, "relu")
    assert relu.inputs[0].op is Op.UNKNOWN
    assert relu.inputs[0].inputs[0].name == "linear"
    assert not module(program, "torch.nn.Sequential").complete


def test_functional_and_method_spellings_are_the_same_operation() -> None:
    program = evaluate(
        """
        x = torch.randn(2, 4)
        for y in [F.relu(x), torch.relu(x), x.relu(), F.relu(x, inplace=True), torch.relu_(x), x.relu_(),
                  x.clamp(min=0), nn.ReLU()(x), F.threshold(x, 0, 0)]:
            print(y)
        """
    )
    assert signal(program) == ["relu"] * 8 + ["threshold"]
    assert {n.op for n in program.graph.nodes if n.name in ("relu", "threshold")} == {Op.ACTIVATION}


def test_in_place_changes_the_tensor_itself() -> None:
    program = evaluate(
        """
        x = torch.randn(2, 4)
        F.relu(x, inplace=True)
        y = nn.Linear(4, 1)(x)
        """
    )
    assert node(program, "linear").inputs[0].name == "relu"


def test_layers_with_explicit_weights() -> None:
    program = evaluate(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.empty(3, 4))
                self.shift = nn.Parameter(torch.zeros(3))
                self.second = nn.Parameter(torch.randn(3, 2) * 0.1)
                self.kernel = nn.Parameter(torch.randn(6, 3, 5, 5))

            def forward(self, x, image):
                h = F.linear(x, self.weight, self.shift)
                return h @ self.second, F.conv2d(image, self.kernel, padding=2)

        y, z = Net()(torch.zeros(2, 4), torch.zeros(2, 3, 8, 8))
        """
    )
    linear, product = (n for n in program.graph.nodes if n.name == "linear")
    conv = node(program, "conv")
    assert linear.shape == (2, 3)
    assert linear.module is not None
    assert linear.module.parameters["bias"].name == "shift"
    assert (product.shape, product.inputs) == ((2, 2), (linear,))
    assert product.module is not None
    assert product.module.options["in_features"].value == 3
    assert product.module.path == "second"
    assert [i.scheme for i in product.module.parameters["weight"].inits] == ["normal"]
    assert product.module.parameters["weight"].inits[0].options["std"].value == pytest.approx(0.1)
    assert conv.shape == (2, 6, 8, 8)


def test_lazy_layers_take_their_size_from_the_first_input() -> None:
    program = evaluate(
        """
        net = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))
        y = net(torch.zeros(1, 3, 6, 6))
        """
    )
    assert {name: p.shape for name, p in parameters(program).items()} == {
        "0.weight": (4, 3, 3, 3),
        "0.bias": (4,),
        "2.weight": (2, 64),
        "2.bias": (2,),
    }
