"""Networks come out of programs as they are: layers, shapes, weights, losses and updates, whatever the framework."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probe.programs import Unbuildable, chain, only, rebuilt
from trainlint.probe.spec import InitSpec

TORCH = """\
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

{model}

model = Net()
loader = DataLoader(TensorDataset({x}, {y}), batch_size=16, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
for epoch in range(3):
    for x, y in loader:
        loss = {loss}
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def torch_program(
    model: str,
    x: str = "torch.randn(64, 8)",
    y: str = "torch.randint(0, 3, (64,))",
    loss: str = "F.cross_entropy(model(x), y)",
) -> str:
    return TORCH.format(model=model, x=x, y=y, loss=loss)


MLP = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 32)
        self.last = nn.Linear(32, 3)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")

    def forward(self, x):
        return self.last(F.dropout(torch.sigmoid(self.first(x)), 0.2))
"""


def test_an_mlp_with_its_initialisation_task_and_update(tmp_path: Path) -> None:
    found = rebuilt(tmp_path, torch_program(MLP)).variant
    network = found.network
    assert chain(network) == ["linear", "sigmoid", "dropout", "linear"]
    assert [i.shape for i in network.inputs] == [(8,)]
    first = network.layers[0]
    assert first.options == {"in_features": 8, "out_features": 32, "bias": True}
    assert first.inits["weight"].scheme == "he"
    assert first.inits["weight"].options["nonlinearity"] == "relu"
    assert "bias" not in first.inits
    assert (first.label, first.path, first.line) == ("first (Linear 8 -> 32)", "train.py", 9)
    assert (found.task.kind, found.task.classes, found.task.loss.name) == ("multiclass", 3, "cross_entropy")
    assert (found.task.batch, found.task.loss.takes) == (16, "logits")
    update = found.update
    assert (update.family, update.lr, update.momentum, update.weight_decay) == ("sgd", 0.1, 0.9, 1e-4)
    assert update.steps == 12
    assert not network.notes


def test_where_clipping_stands_before_the_step_it_is_a_part_of_the_update(tmp_path: Path) -> None:
    text = torch_program(MLP).replace(
        "        optimizer.step()",
        "        nn.utils.clip_grad_norm_(model.parameters(), 0.5)\n        optimizer.step()",
    )
    update = rebuilt(tmp_path, text).variant.update
    assert (update.clip, update.clip_max) == ("norm", 0.5)


def test_warmup_is_a_part_of_the_update(tmp_path: Path) -> None:
    schedule = "scheduler = transformers.get_linear_schedule_with_warmup(optimizer, num_warmup_steps=4, num_training_steps=12)\n"
    text = "import transformers\n" + torch_program(MLP).replace("for epoch", schedule + "for epoch", 1)
    text = text.replace("        optimizer.step()", "        optimizer.step()\n        scheduler.step()")
    assert rebuilt(tmp_path, text).variant.update.warmup == 4


CNN = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2)
        self.fc = nn.Linear(16 * 6 * 6, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv1(x))), 2)
        x = F.relu(self.conv2(x))
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)
"""


def test_the_size_of_images_follows_from_the_layer_behind_the_flatten(tmp_path: Path) -> None:
    text = f"import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n{CNN}\nmodel = Net()\n"
    found = rebuilt(tmp_path, text)
    network = found.variant.network
    assert [i.shape for i in network.inputs] == [(1, 28, 28)], "no other usual size leaves 6 x 6"
    assert chain(network) == [
        "conv2d",
        "batchnorm",
        "relu",
        "max_pool2d",
        "conv2d",
        "relu",
        "flatten",
        "linear",
        "log_softmax",
    ]
    assert any("28" in note and "assumed" in note for note in network.notes)
    assert found.variant.task.loss.name == "nll"
    assert any("no loss was seen" in note for note in found.notes)


def test_a_guessed_size_comes_with_a_second_one(tmp_path: Path) -> None:
    model = CNN.replace("16 * 6 * 6", "16").replace("torch.flatten(x, 1)", "x.mean((2, 3))")
    text = f"import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n{model}\nmodel = Net()\n"
    found = rebuilt(tmp_path, text)
    assert found.other is not None
    assert found.variant.network.inputs != found.other.network.inputs
    assert chain(found.variant.network) == chain(found.other.network)


RESIDUAL = """\
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.a, self.b = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.b(F.gelu(self.a(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 32)
        self.blocks = nn.ModuleList([Block(32) for _ in range(3)])
        self.shared = nn.Linear(32, 32)
        self.last = nn.Linear(64, 3)

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        twice = self.shared(torch.tanh(self.shared(x)))
        return self.last(torch.cat([x, twice], dim=1))
"""


def test_residuals_branches_and_shared_weights(tmp_path: Path) -> None:
    network = rebuilt(tmp_path, torch_program(RESIDUAL)).variant.network
    assert chain(network).count("add") == 3
    assert all(len(layer.inputs) == 2 for layer in network.of("add"))
    applied = [layer for layer in network.of("linear") if layer.label.startswith("shared")]
    assert [layer.shares for layer in applied] == ["", applied[0].id]
    assert len(only(network, "concat").inputs) == 2


SEQUENCE = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(500, 16)
        self.lstm = nn.LSTM(16, 24, num_layers=2, batch_first={first}, bidirectional={both})
        self.last = nn.Linear({wide}, 3)

    def forward(self, x):
        out, (h, c) = self.lstm(self.embed(x))
        return self.last({taken})
"""


@pytest.mark.parametrize(
    ("first", "both", "wide", "taken", "expected"),
    [
        (True, False, 24, "out[:, -1]", ["embedding", "lstm", "select", "linear"]),
        (True, True, 48, "out.mean(dim=1)", ["embedding", "lstm", "reduce_mean", "linear"]),
        (False, False, 24, "out[-1]", ["embedding", "lstm", "select", "linear"]),
        (True, False, 24, "h[-1]", ["embedding", "lstm", "lstm", "select", "linear"]),
    ],
)
def test_recurrent_layers_and_what_is_taken_of_them(
    tmp_path: Path, first: bool, both: bool, wide: int, taken: str, expected: list[str]
) -> None:
    model = SEQUENCE.format(first=first, both=both, wide=wide, taken=taken)
    shape = "(64, 12)" if first else "(12, 64)"
    text = torch_program(model, x=f"torch.randint(0, 500, {shape})")
    network = rebuilt(tmp_path, text).variant.network
    got = [op for op in chain(network) if op != "permute"]
    assert [op for i, op in enumerate(got) if op != "lstm" or got[i - 1] != "lstm"] in (
        expected,
        [op for i, op in enumerate(expected) if op != "lstm" or expected[i - 1] != "lstm"],
    )
    (tokens,) = network.inputs
    assert (tokens.tokens, len(tokens.shape)) == (500, 1)
    last = next(layer for layer in network.layers if layer.op == "linear")
    assert last.options["in_features"] == wide


TRANSFORMER = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(800, 32)
        self.place = nn.Parameter(torch.zeros(1, 10, 32))
        block = nn.TransformerEncoderLayer(32, 4, dim_feedforward=64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(block, 2)
        self.last = nn.Linear(32, 3)

    def forward(self, x):
        return self.last(self.encoder(self.embed(x) + self.place).mean(1))
"""


def test_a_transformer_with_learned_places(tmp_path: Path) -> None:
    network = rebuilt(
        tmp_path, torch_program(TRANSFORMER, x="torch.randint(0, 800, (64, 10))")
    ).variant.network
    assert chain(network) == ["embedding", "parameter", "add", "transformer_encoder", "reduce_mean", "linear"]
    assert only(network, "parameter").options == {"shape": (10, 32)}
    block = only(network, "transformer_encoder").options
    assert (block["d_model"], block["nhead"], block["num_layers"], block["dim_feedforward"]) == (32, 4, 2, 64)
    assert block["norm_first"] is True


LARGE = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2048, 2048) for _ in range(6)])
        self.last = nn.Linear(2048, 3)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.last(x)
"""


def test_a_large_network_is_scaled_in_width_and_not_in_depth(tmp_path: Path) -> None:
    network = rebuilt(tmp_path, torch_program(LARGE, x="torch.randn(64, 2048)")).variant.network
    widths = [layer.options["out_features"] for layer in network.of("linear")]
    assert len(widths) == 7
    assert len(set(widths[:-1])) == 1
    assert 32 <= widths[0] < 2048
    assert widths[-1] == 3
    assert network.scale > 1
    assert any(note.startswith("widths divided by") for note in network.notes)


def test_nothing_is_scaled_for_what_depends_on_fan_in(tmp_path: Path) -> None:
    text = torch_program(LARGE, x="torch.randn(64, 2048)")
    network = rebuilt(tmp_path, text, narrowest=0, macs=1e9).variant.network
    assert {layer.options["out_features"] for layer in network.of("linear")} == {2048, 3}


KERAS = """\
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([
    layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28, 1)),
    layers.BatchNormalization(momentum=0.9),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax", kernel_initializer="he_normal"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01, clipnorm=2.0), loss="sparse_categorical_crossentropy")
(x, y), _ = keras.datasets.mnist.load_data()
model.fit(x[..., None] / 255.0, y, batch_size=64, epochs=2)
"""


def test_keras_is_rebuilt_in_the_layout_of_torch(tmp_path: Path) -> None:
    found = rebuilt(tmp_path, KERAS).variant
    network = found.network
    assert network.framework == "keras"
    assert [i.shape for i in network.inputs] == [(1, 28, 28)]
    assert [op for op in chain(network) if op != "permute"] == [
        "conv2d", "relu", "batchnorm", "max_pool2d", "flatten", "linear", "softmax",
    ]  # fmt: skip
    norm = only(network, "batchnorm").options
    assert norm["num_features"] == 8
    assert norm["momentum"] == pytest.approx(0.1), "the share of the new batch, as torch counts"
    assert only(network, "linear").inits["weight"] == InitSpec(
        "he", {"mode": "fan_in", "distribution": "normal"}
    )
    assert "weight" not in only(network, "conv2d").inits, "Glorot is the framework's default"
    assert (found.task.loss.name, found.task.loss.takes) == ("categorical_probabilities", "probabilities")
    assert (found.update.family, found.update.lr, found.update.clip, found.update.clip_max) == (
        "adam",
        0.01,
        "norm",
        2.0,
    )


def test_a_regression_knows_the_range_of_its_targets(tmp_path: Path) -> None:
    text = torch_program(
        MLP.replace("Linear(32, 3)", "Linear(32, 1)"),
        y="500 * torch.rand(64, 1)",
        loss="F.mse_loss(model(x), y)",
    )
    task = rebuilt(tmp_path, text).variant.task
    assert (task.kind, task.loss.name) == ("regression", "mse")
    assert task.target_scale == pytest.approx(125, rel=0.01)
    assert task.target_offset == pytest.approx(250, rel=0.01)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("Net = lambda: torchvision.models.resnet18(weights='DEFAULT')", "."),
        (
            MLP.replace("F.dropout(torch.sigmoid(self.first(x)), 0.2)", "strange(self.first(x))"),
            "not followed|no network",
        ),
        (MLP.replace("torch.sigmoid(self.first(x))", "torch.fft.fft(self.first(x)).real"), "not"),
    ],
)
def test_what_cannot_be_rebuilt_says_why(tmp_path: Path, model: str, why: str) -> None:
    text = "import torchvision\nfrom elsewhere import strange\n" + torch_program(model)
    with pytest.raises(Unbuildable, match=why):
        rebuilt(tmp_path, text)


def test_the_flag_is_on_the_layer_of_the_finding(tmp_path: Path) -> None:
    from tests.probe.programs import Rebuilt, outcomes

    (tmp_path / "train.py").write_text(torch_program(MLP), encoding="utf-8")
    (made,) = outcomes(tmp_path, "TL601").values()
    assert isinstance(made, Rebuilt)
    assert [layer.op for layer in made.variant.network.flagged] == ["sigmoid"]
