"""`trainlint facts`: what the document says of whole programs, known and unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Trainlint, project, trainlint  # noqa: F401 - fixtures

SCRIPT = """\
import argparse
import torch
import yaml
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.norm(self.stem(x)))
        return self.head(x.mean((2, 3)))

parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=32)
args = parser.parse_args()
with open("conf.yaml") as file:
    config = yaml.safe_load(file)
loader = DataLoader(TensorDataset(torch.randn(64, 3, 9, 9), torch.zeros(64).long()), args.batch_size, shuffle=True)
val = DataLoader(TensorDataset(torch.randn(64, 3, 9, 9), torch.zeros(64).long()), 128)
model = Net()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=0.9)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10)
for epoch in range(10):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        for x, y in val:
            print((model(x).argmax(1) == y).float().mean())
"""

LOOP = """\
import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.Adam(model.parameters())
for step in range(1000):
    loss = nn.functional.mse_loss(model(torch.randn(8, 4)), torch.randn(8, 2))
"""


TURNS = """\
import torch
from torch import nn

critic, maker = nn.Linear(4, 1), nn.Linear(2, 4)
by_critic = torch.optim.Adam(critic.parameters())
by_maker = torch.optim.Adam(maker.parameters())
for step in range(1000):
    for turn in range(5):
        by_critic.zero_grad()
        critic(maker(torch.randn(8, 2)).detach()).mean().backward()
        by_critic.step()
    by_maker.zero_grad()
    (-critic(maker(torch.randn(8, 2))).mean()).backward()
    by_maker.step()
"""


@pytest.fixture
def facts(project: Path, trainlint: Trainlint) -> Any:  # noqa: F811
    """The document of one script, given as text."""

    def run(text: str, **files: str) -> dict[str, Any]:
        (project / "train.py").write_text(text, encoding="utf-8")
        for name, content in files.items():
            (project / name.replace("_", ".")).write_text(content, encoding="utf-8")
        result = trainlint("facts", "train.py", "--output-format", "json")
        assert result.exit_code == 0, result.output
        (document,) = json.loads(result.stdout)
        return dict(document)

    return run


class TestWholeScript:
    @pytest.fixture
    def document(self, facts: Any) -> dict[str, Any]:
        return dict(facts(SCRIPT, conf_yaml="seed: 1\nlr: 0.1\n"))

    def test_the_model_and_its_layers(self, document: dict[str, Any]) -> None:
        (model,) = document["models"]
        assert model == {
            "name": "Net",
            "layers": [
                {
                    "kind": "conv",
                    "name": "stem",
                    "in": 3,
                    "out": 8,
                    "activation": "relu",
                    "path": "train.py",
                    "line": 10,
                },
                {
                    "kind": "linear",
                    "name": "head",
                    "in": 8,
                    "out": 5,
                    "activation": "none",
                    "path": "train.py",
                    "line": 12,
                },
            ],
            "hidden_activations": ["relu"],
            "output_activation": "none",
            "normalizations": ["batchnorm"],
            "init": "default",
        }

    def test_the_rate_comes_from_the_config(self, document: dict[str, Any]) -> None:
        (optimizer,) = document["optimizers"]
        assert optimizer["lr_origin"][0] == {"path": "conf.yaml", "line": 2}
        assert {key: optimizer[key] for key in ("name", "lr", "momentum", "weight_decay", "line")} == {
            "name": "torch.optim.SGD",
            "lr": 0.1,
            "momentum": 0.9,
            "weight_decay": 0,
            "line": 27,
        }

    def test_the_batch_size_is_that_of_training_and_comes_from_argparse(
        self, document: dict[str, Any]
    ) -> None:
        assert document["batch_size"]["value"] == 32
        assert document["batch_size"]["origin"][0] == {"path": "train.py", "line": 19}

    def test_loss_schedule_and_clipping(self, document: dict[str, Any]) -> None:
        assert [(loss["name"], loss["takes"]) for loss in document["losses"]] == [
            ("torch.nn.CrossEntropyLoss", "logits")
        ]
        assert document["schedules"] == [{"name": "torch.optim.lr_scheduler.StepLR", "unit": "epoch"}]
        assert document["clipping"] == [{"kind": "norm", "max": 2.0, "path": "train.py", "line": 35}]

    def test_the_habits(self, document: dict[str, Any]) -> None:
        flags = ("zero_grad", "eval_mode", "no_grad_eval", "shuffle_train", "amp", "accumulation")
        assert {key: document[key] for key in flags} == {
            "zero_grad": True,
            "eval_mode": True,
            "no_grad_eval": True,
            "shuffle_train": True,
            "amp": False,
            "accumulation": False,
        }

    def test_the_keys_are_those_of_the_documentation(self, document: dict[str, Any]) -> None:
        assert list(document) == [
            *("entry", "framework", "models", "losses", "optimizers", "schedules", "clipping", "batch_size"),
            *("zero_grad", "eval_mode", "no_grad_eval", "shuffle_train", "amp", "accumulation", "unknown"),
        ]
        assert (document["entry"], document["framework"]) == ("train.py", "torch")


class TestHabits:
    def test_gradients_that_are_never_cleared(self, facts: Any) -> None:
        assert facts(LOOP + "    loss.backward()\n    optimizer.step()\n")["zero_grad"] is False

    def test_gradients_cleared_through_the_model(self, facts: Any) -> None:
        text = LOOP + "    model.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        assert facts(text)["zero_grad"] is True

    def test_gradients_cleared_once_an_epoch_are_not_cleared_for_every_update(self, facts: Any) -> None:
        text = LOOP.replace(
            "for step in range(1000):\n",
            "for epoch in range(9):\n  optimizer.zero_grad()\n  for i in range(99):\n",
        )
        assert facts(text + "    loss.backward()\n    optimizer.step()\n")["zero_grad"] is False

    def test_a_script_that_never_trains_knows_nothing_of_it(self, facts: Any) -> None:
        document = facts("import torch\nmodel = torch.nn.Linear(2, 2)\nprint(model(torch.zeros(1, 2)))\n")
        for key in ("zero_grad", "eval_mode", "no_grad_eval", "shuffle_train", "amp", "accumulation"):
            assert document[key] is None, key

    def test_evaluation_without_eval_and_with_a_graph(self, facts: Any) -> None:
        text = LOOP + "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        document = facts(text + "for x in range(9):\n    print((model(torch.randn(8, 4)) > 0).sum())\n")
        assert (document["eval_mode"], document["no_grad_eval"]) == (False, False)

    def test_a_step_every_fourth_batch_accumulates(self, facts: Any) -> None:
        text = (
            LOOP
            + "    loss.backward()\n    if step % 4 == 3:\n        optimizer.step()\n        optimizer.zero_grad()\n"
        )
        document = facts(text)
        assert document["accumulation"] is True
        assert document["zero_grad"] is True

    def test_two_backward_passes_for_one_step_accumulate(self, facts: Any) -> None:
        text = (
            LOOP
            + "    optimizer.zero_grad()\n    loss.backward(retain_graph=True)\n    loss.backward()\n    optimizer.step()\n"
        )
        assert facts(text)["accumulation"] is True

    def test_an_update_that_bad_batches_skip_does_not_accumulate(self, facts: Any) -> None:
        text = (
            LOOP
            + "    optimizer.zero_grad()\n    loss.backward()\n    if torch.isfinite(loss):\n        optimizer.step()\n"
        )
        assert facts(text)["accumulation"] is False

    def test_a_choice_between_two_ways_to_step_does_not_accumulate(self, facts: Any) -> None:
        text = LOOP.replace("import torch\n", "import os\nimport torch\nAMP = os.path.exists('amp')\n", 1)
        text = text.replace("for step", "scaler = torch.amp.GradScaler()\nfor step")
        text += (
            "    optimizer.zero_grad()\n"
            "    if AMP:\n        scaler.scale(loss).backward()\n    else:\n        loss.backward()\n"
            "    if AMP:\n        scaler.step(optimizer)\n        scaler.update()\n    else:\n        optimizer.step()\n"
        )
        assert facts(text)["accumulation"] is False

    def test_two_networks_that_take_turns_do_not_accumulate(self, facts: Any) -> None:
        assert facts(TURNS)["accumulation"] is False
        assert facts(TURNS)["zero_grad"] is True

    def test_a_test_in_the_epoch_loop_is_an_evaluation(self, facts: Any) -> None:
        text = LOOP + "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        text += "    model.eval()\n    with torch.inference_mode():\n        print(model(torch.randn(8, 4)).mean())\n"
        document = facts(text + "    model.train()\n")
        assert (document["eval_mode"], document["no_grad_eval"]) == (True, True)

    def test_a_teacher_without_a_graph_is_no_evaluation(self, facts: Any) -> None:
        text = (
            LOOP.replace("optimizer =", "teacher = nn.Linear(4, 2)\noptimizer =")
            .replace(
                "    loss =",
                "    x = torch.randn(8, 4)\n    with torch.no_grad():\n        wanted = teacher(x)\n    loss =",
            )
            .replace("mse_loss(model(torch.randn(8, 4)), torch.randn(8, 2))", "mse_loss(model(x), wanted)")
        )
        document = facts(text + "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n")
        assert (document["eval_mode"], document["no_grad_eval"]) == (None, None)

    def test_a_gradient_scaler_is_mixed_precision(self, facts: Any) -> None:
        text = LOOP.replace("for step", "scaler = torch.amp.GradScaler()\nfor step")
        text += "    optimizer.zero_grad()\n    scaler.scale(loss).backward()\n    scaler.step(optimizer)\n    scaler.update()\n"
        assert facts(text)["amp"] is True

    @pytest.mark.parametrize(
        ("enabled", "amp"), [("", True), (", enabled=False", False), (", enabled=bool(input())", None)]
    )
    def test_autocast_is_mixed_precision(self, facts: Any, enabled: str, amp: bool | None) -> None:
        text = LOOP.replace(
            "    loss =", f"    with torch.autocast('cpu', torch.bfloat16{enabled}):\n      loss ="
        )
        text += "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        assert facts(text)["amp"] is amp

    def test_a_schedule_is_stepped_by_batch_or_never(self, facts: Any) -> None:
        made = LOOP.replace(
            "for step", "schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)\nfor step"
        )
        trained = made + "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        assert facts(trained)["schedules"][0]["unit"] == "none"
        assert facts(trained + "    schedule.step()\n")["schedules"][0]["unit"] == "batch"

    def test_schedules_in_a_sequence_are_stepped_with_it(self, facts: Any) -> None:
        made = "".join(
            f"{name} = torch.optim.lr_scheduler.{call}\n"
            for name, call in (
                ("first", "LinearLR(optimizer)"),
                ("second", "CosineAnnealingLR(optimizer, 900)"),
                ("both", "SequentialLR(optimizer, [first, second], [100])"),
            )
        )
        text = (
            LOOP.replace("for step", f"{made}for step") + "    optimizer.zero_grad()\n    loss.backward()\n"
        )
        document = facts(text + "    optimizer.step()\n    both.step()\n")
        assert [schedule["unit"] for schedule in document["schedules"]] == ["batch"] * 3


class TestModels:
    def test_a_pattern_that_a_library_copies_is_no_model(self, facts: Any) -> None:
        text = (
            "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2), 3)\n"
            "    def forward(self, x):\n        return self.body(x)\n\nprint(Net()(torch.randn(5, 2, 16)))\n"
        )
        assert [model["name"] for model in facts(text)["models"]] == ["Net"]

    def test_a_lone_layer_is_a_model(self, facts: Any) -> None:
        (model,) = facts("from torch import nn\nmodel = nn.Linear(3, 1)\n")["models"]
        assert (model["name"], model["layers"][0]["in"]) == ("Linear", 3)

    def test_a_layer_that_is_called_twice_is_listed_once(self, facts: Any) -> None:
        text = (
            "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.same = nn.Linear(4, 4)\n        self.twin = self.same\n"
            "    def forward(self, x):\n        return self.twin(torch.relu(self.same(torch.relu(self.same(x)))))\n\n"
            "print(Net()(torch.randn(5, 4)))\n"
        )
        (model,) = facts(text)["models"]
        assert [layer["name"] for layer in model["layers"]] == ["same"]


class TestUnknown:
    def test_a_rate_from_outside_is_null_with_a_reason(self, facts: Any) -> None:
        text = LOOP.replace("Adam(model.parameters()", "Adam(model.parameters(), lr=float(input())")
        document = facts(text)
        assert document["optimizers"][0]["lr"] is None
        assert all(set(gap) == {"what", "why"} for gap in document["unknown"])

    def test_clipping_is_none_only_where_nothing_can_hide_it(self, facts: Any) -> None:
        seen = LOOP + "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        assert facts(seen)["clipping"] == []
        hidden = seen.replace("import torch\n", "import torch\nfrom elsewhere import tame\n", 1)
        hidden = hidden.replace("    optimizer.step()", "    tame(model)\n    optimizer.step()")
        assert facts(hidden)["clipping"] is None

    def test_an_infinite_rate_is_no_json_number(self, facts: Any) -> None:
        assert (
            facts(LOOP.replace("parameters()", "parameters(), lr=float('inf')"))["optimizers"][0]["lr"]
            is None
        )


class TestInitialisation:
    NET = (
        "import torch\nfrom torch import nn\nm = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))\n"
    )

    @pytest.mark.parametrize(
        ("code", "init"),
        [
            ("", "default"),
            ("nn.init.kaiming_normal_(m[0].weight)\n", "he"),
            (
                "for p in m.modules():\n    if isinstance(p, nn.Linear):\n        nn.init.xavier_uniform_(p.weight)\n",
                "xavier",
            ),
            ("nn.init.orthogonal_(m[0].weight)\nnn.init.orthogonal_(m[2].weight)\n", "orthogonal"),
            ("nn.init.normal_(m[0].weight, 0, 0.02)\n", "custom"),
            ("nn.init.kaiming_normal_(m[0].weight)\nnn.init.xavier_normal_(m[2].weight)\n", "custom"),
            ("m.load_state_dict(torch.load('w.pt'))\n", "pretrained"),
            ("from elsewhere import prepare\nprepare(m)\n", None),
        ],
    )
    def test_scheme(self, facts: Any, code: str, init: str | None) -> None:
        assert facts(self.NET + code)["models"][0]["init"] == init


class TestCommand:
    def test_text_names_each_fact_with_its_place(self, project: Path, trainlint: Trainlint) -> None:  # noqa: F811
        (project / "train.py").write_text(SCRIPT, encoding="utf-8")
        (project / "conf.yaml").write_text("lr: 0.1\n", encoding="utf-8")
        lines = [line.strip() for line in trainlint("facts", "train.py").stdout.splitlines()]
        assert lines[0] == "train.py (torch)"
        assert "conv stem 3 -> 8, activation relu  train.py:10" in lines
        assert "clipping: norm, at most 2.0  train.py:35" in lines
        assert "batch size: 32 from train.py:19" in lines

    def test_a_directory_shows_every_program_with_facts(self, project: Path, trainlint: Trainlint) -> None:  # noqa: F811
        (project / "helpers.py").write_text("import torch\n\nWIDTH = 3\n", encoding="utf-8")
        documents = json.loads(trainlint("facts", "--output-format", "json").stdout)
        assert [d["entry"] for d in documents] == ["clean.py", "flawed.py"]

    def test_configs_that_are_given_are_those_of_the_run(self, project: Path, trainlint: Trainlint) -> None:  # noqa: F811
        text = LOOP.replace("import torch\n", "import argparse\nimport torch\nimport yaml\n", 1)
        text = text.replace(
            "model =", "parser = argparse.ArgumentParser()\nparser.add_argument('config')\nmodel ="
        )
        text = text.replace(
            "parameters())", "parameters(), lr=yaml.safe_load(open(parser.parse_args().config))['lr'])"
        )
        (project / "train.py").write_text(text, encoding="utf-8")
        (project / "big.yaml").write_text("seed: 1\nlr: 0.25\n", encoding="utf-8")
        rates = []
        for configs in ([], ["big.yaml"]):
            result = trainlint("facts", "train.py", *configs, "--output-format", "json")
            (optimizer,) = json.loads(result.stdout)[0]["optimizers"]
            rates.append((optimizer["lr"], optimizer["lr_origin"][:1]))
        assert rates == [(None, []), (0.25, [{"path": "big.yaml", "line": 2}])]

    def test_a_missing_entry_is_status_2_and_still_a_document(self, trainlint: Trainlint) -> None:  # noqa: F811
        result = trainlint("facts", "gone.py", "--output-format", "json")
        assert (result.exit_code, result.stdout) == (2, "[]\n")
        assert "gone.py: does not exist" in result.stderr

    def test_places_in_a_notebook_carry_their_cell(self, project: Path, trainlint: Trainlint) -> None:  # noqa: F811
        cells = [
            ["from torch import nn, optim"],
            ["m = nn.Linear(2, 1)\n", "o = optim.SGD(m.parameters(), lr=0.5)"],
        ]
        notebook = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                    "source": source,
                }
                for source in cells
            ],
        }
        (project / "tune.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        (document,) = json.loads(trainlint("facts", "tune.ipynb", "--output-format", "json").stdout)
        (optimizer,) = document["optimizers"]
        assert (optimizer["cell"], optimizer["line"]) == (2, 2)
        assert optimizer["lr_origin"] == [{"path": "tune.ipynb", "line": 2, "cell": 2}]
