"""Losses, backward passes, grad modes and clipping."""

from __future__ import annotations

import inspect

import pytest

from tests.frameworks.torch.training_programs import evaluate, events
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.losses import _OF_FUNCTION, _TABLE

DATA = "net = nn.Linear(4, 3)\nx, y = torch.zeros(5, 4), torch.ones(5, 3)\n"


@pytest.mark.torch
@pytest.mark.parametrize(("name", "parameters"), [(r[0], r[5]) for r in _TABLE if r[0] != "NLLLoss2d"])
def test_constructors_are_those_of_torch(name: str, parameters: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    documented = inspect.signature(getattr(torch.nn, name)).parameters
    assert set(signature(parameters).names) == set(documented)
    for key, default in signature(parameters).defaults.items():
        assert documented[key].default == default


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "parameters"), [(r[1], f"{r[4]}, {_OF_FUNCTION.get(r[1], r[5])}") for r in _TABLE if r[1]]
)
def test_functions_are_those_of_torch(name: str, parameters: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    documented = inspect.signature(getattr(torch.nn.functional, name)).parameters
    ours = signature(parameters)
    places = [n for n, p in documented.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert list(ours.names[: ours.places]) == places
    assert set(ours.names) == set(documented)


@pytest.mark.parametrize(
    ("expression", "name", "takes", "task"),
    [
        ("nn.CrossEntropyLoss()(net(x), y)", "torch.nn.CrossEntropyLoss", "logits", "multiclass"),
        ("F.cross_entropy(net(x), y)", "torch.nn.functional.cross_entropy", "logits", "multiclass"),
        ("nn.NLLLoss()(net(x), y)", "torch.nn.NLLLoss", "log_probabilities", "multiclass"),
        ("nn.BCELoss()(net(x), y)", "torch.nn.BCELoss", "probabilities", "binary"),
        ("nn.BCEWithLogitsLoss()(input=net(x), target=y)", "torch.nn.BCEWithLogitsLoss", "logits", "binary"),
        ("F.mse_loss(target=y, input=net(x))", "torch.nn.functional.mse_loss", "values", "regression"),
        ("nn.modules.loss.L1Loss()(net(x), y)", "torch.nn.L1Loss", "values", "regression"),
    ],
)
def test_what_a_loss_takes(expression: str, name: str, takes: str, task: str) -> None:
    program = evaluate(f"{DATA}loss = {expression}")
    (loss,) = program.losses
    assert (loss.name, loss.takes, loss.task) == (name, takes, task)
    assert loss.prediction is not None
    assert loss.target is not None
    assert loss.output is not None
    assert loss.prediction.op is Op.AFFINE
    assert loss.target.name == "ones"
    assert loss.output.attached
    assert events(program, EventKind.LOSS) == ["loss"]


def test_options_and_constructor_of_a_loss() -> None:
    code = f"{DATA}criterion = nn.CrossEntropyLoss(label_smoothing=0.1)\nloss = criterion(net(x), y)\n"
    (loss,) = evaluate(code).losses
    assert loss.options["label_smoothing"].value == 0.1
    assert loss.options["reduction"].value == "mean"
    assert loss.constructor is not None
    assert (loss.constructor.line, loss.location.line) == (7, 8)
    assert loss.output is not None
    assert loss.output.shape == ()


def test_loss_is_no_forward_pass_of_its_own() -> None:
    program = evaluate(f"{DATA}nn.MSELoss()(net(x), y)")
    assert [e.target.qualname for e in program.events_of(EventKind.FORWARD)] == ["torch.nn.Linear"]


def test_subclass_of_a_loss_calls_its_base() -> None:
    code = (
        "class Smooth(nn.CrossEntropyLoss):\n"
        "    def forward(self, a, b):\n"
        "        return super().forward(a, b) * 0.5\n"
        "Smooth()(net(x), y).backward()\n"
    )
    program = evaluate(DATA + code)
    assert [loss.name for loss in program.losses] == ["torch.nn.CrossEntropyLoss"]
    (backward,) = program.events_of(EventKind.BACKWARD)
    assert backward.target.attached


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("((net(x) - y) ** 2).mean()", "manual.mse"),
        ("(y - net(x)).pow(2).sum() / 5", "manual.mse"),
        ("torch.mean(torch.square(net(x) - y)) + 0.1 * net.weight.abs().sum()", "manual.mse"),
        ("torch.abs(net(x) - y).mean()", "manual.l1"),
    ],
)
def test_regression_losses_by_hand(expression: str, name: str) -> None:
    program = evaluate(f"{DATA}loss = {expression}\nloss.backward()")
    (loss,) = program.losses
    assert (loss.name, loss.takes, loss.task) == (name, "values", "regression")
    assert loss.prediction is not None
    assert loss.target is not None
    assert loss.prediction.op is Op.AFFINE
    assert loss.target.name == "ones"


@pytest.mark.parametrize(
    "expression",
    [
        "((net(x) - net(y)) ** 2).mean()",  # both sides learn: features of two samples
        "((net(x) - 1.0) ** 2).mean()",  # what a least-squares GAN wants of its discriminator
    ],
)
def test_distances_without_a_target_are_no_regression(expression: str) -> None:
    (loss,) = evaluate(f"{DATA}loss = {expression}\nloss.backward()").losses
    assert (loss.name, loss.task, loss.target) == ("manual.mse", "other", None)


@pytest.mark.parametrize(
    "expression",
    [
        "(net.weight ** 2).sum()",  # a penalty
        "(net(x) - y).mean()",  # no distance
    ],
)
def test_other_scalars_are_no_losses(expression: str) -> None:
    assert evaluate(f"{DATA}loss = {expression}\nloss.backward()").losses == []


def test_gradients_by_function_are_a_backward_pass() -> None:
    code = f"{DATA}(g,) = torch.autograd.grad(net(x).sum(), [net.weight])\n"
    (backward,) = evaluate(code).events_of(EventKind.BACKWARD)
    assert backward.options["by"] == "autograd.grad"


@pytest.mark.parametrize(
    ("block", "modes"),
    [
        ("with torch.no_grad():\n    net(x)\nnet(x)", [False, True]),
        ("with torch.inference_mode():\n    net(x)\nnet(x)", [False, True]),
        ("with torch.inference_mode(False):\n    net(x)", [True]),
        ("with torch.set_grad_enabled(False):\n    net(x)\nnet(x)", [False, True]),
        ("torch.set_grad_enabled(False)\nnet(x)\ntorch.set_grad_enabled(True)\nnet(x)", [False, True]),
        ("with torch.no_grad():\n    with torch.enable_grad():\n        net(x)\n    net(x)", [True, False]),
        ("@torch.no_grad()\ndef f():\n    net(x)\nf()\nnet(x)", [False, True]),
        ("@torch.no_grad\ndef f():\n    net(x)\nf()\nnet(x)", [False, True]),
        ("@torch.set_grad_enabled(False)\ndef f():\n    net(x)\nnet(x)\nf()\nnet(x)", [True, False, True]),
        ("def f():\n    net(x)\ng = torch.no_grad()(f)\ng()\nnet(x)", [False, True]),
        ("import sys\nif bool(input()):\n    torch.set_grad_enabled(False)\nnet(x)", [None]),
        ("import sys\nwith torch.set_grad_enabled(bool(input())):\n    net(x)\nnet(x)", [None, True]),
    ],
)
def test_grad_modes(block: str, modes: list[bool | None]) -> None:
    program = evaluate(DATA + block)
    assert [e.grad_enabled for e in program.events_of(EventKind.FORWARD)] == modes


def test_clipping_says_what_and_how_much() -> None:
    code = (
        f"{DATA}nn.utils.clip_grad_norm_(net.parameters(), max_norm=2)\n"
        "torch.nn.utils.clip_grad_value_(net.weight, 0.5)\n"
        "nn.utils.clip_grad_norm_(net.parameters(), float('inf'))\n"
    )
    program = evaluate(code)
    norm, value = program.clippings  # an infinite bound only measures the norm
    assert (norm.kind, norm.max.value, len(norm.subject.parameters)) == ("norm", 2, 2)
    assert (value.kind, value.max.value, len(value.subject.parameters)) == ("value", 0.5, 1)
    assert events(program, EventKind.CLIP) == ["clip", "clip"]


def test_checkpointing_is_the_forward_pass_itself() -> None:
    code = f"{DATA}from torch.utils.checkpoint import checkpoint\nF.mse_loss(checkpoint(net, x, use_reentrant=False), y)"
    (loss,) = evaluate(code).losses
    assert loss.prediction is not None
    assert loss.prediction.op is Op.AFFINE


def test_save_names_what_is_in_the_file() -> None:
    code = (
        "opt = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)\n"
        "torch.save({'epoch': 1, 'optimizer': opt.state_dict()}, 'a.pt')\n"
        "state = torch.load('a.pt')\n"
    )
    program = evaluate(code)
    (save,) = program.events_of(EventKind.SAVE)
    assert save.target is program.optimizers[0]
    assert events(program, EventKind.LOAD) == ["load"]


def test_losses_of_torchvision() -> None:
    code = "from torchvision.ops import sigmoid_focal_loss\nsigmoid_focal_loss(net(x), y, reduction='mean').backward()\n"
    (loss,) = evaluate(DATA + code).losses
    assert (loss.takes, loss.task, loss.options["gamma"].value) == ("logits", "binary", 2)
    assert loss.target is not None


def test_averaged_model_is_a_copy_of_its_own() -> None:
    code = (
        "from torch.optim.swa_utils import AveragedModel, update_bn\n"
        "opt = optim.SGD(net.parameters(), lr=0.1)\n"
        "average = AveragedModel(net)\n"
        "average.update_parameters(net)\n"
        "update_bn([x], average)\n"
        "average(x)\n"
    )
    program = evaluate(DATA + code)
    assert not program.events_of(EventKind.ESCAPE)
    assert len(program.optimizers[0].parameters.parameters) == 2
    layers = [m for m in program.modules if m.qualname == "torch.nn.Linear"]
    assert len(layers) == 2
    assert layers[0].parameters["weight"] is not layers[1].parameters["weight"]
