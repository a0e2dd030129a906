"""Written-out updates against torch.optim, step by step on a problem with curvature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from trainlint.probe.spec import UpdateSpec  # noqa: E402
from trainlint.probe.worker.update import RULES, Updater  # noqa: E402

pytestmark = pytest.mark.torch

CASES: dict[str, tuple[UpdateSpec, Callable[[Any], Any]]] = {
    "sgd": (UpdateSpec("sgd", 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (
        UpdateSpec("sgd", 0.05, momentum=0.9, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=0.1),
    ),
    "nesterov": (
        UpdateSpec("sgd", 0.05, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    ),
    "dampening": (
        UpdateSpec("sgd", 0.05, momentum=0.8, dampening=0.3),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.8, dampening=0.3),
    ),
    "adam": (UpdateSpec("adam", 0.02), lambda p: torch.optim.Adam(p, 0.02)),
    "adam with decay": (
        UpdateSpec("adam", 0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, 0.02, (0.8, 0.95), 1e-4, 0.1),
    ),
    "amsgrad": (UpdateSpec("adam", 0.02, amsgrad=True), lambda p: torch.optim.Adam(p, 0.02, amsgrad=True)),
    "adamw": (
        UpdateSpec("adamw", 0.02, weight_decay=0.1, decoupled=True),
        lambda p: torch.optim.AdamW(p, 0.02, weight_decay=0.1),
    ),
    "adamax": (UpdateSpec("adamax", 0.02), lambda p: torch.optim.Adamax(p, 0.02)),
    "nadam": (UpdateSpec("nadam", 0.02), lambda p: torch.optim.NAdam(p, 0.02)),
    "radam": (UpdateSpec("radam", 0.02), lambda p: torch.optim.RAdam(p, 0.02)),
    "rmsprop": (UpdateSpec("rmsprop", 0.01), lambda p: torch.optim.RMSprop(p, 0.01)),
    "rmsprop, centred with momentum": (
        UpdateSpec("rmsprop", 0.01, alpha=0.9, momentum=0.5, centered=True),
        lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, momentum=0.5, centered=True),
    ),
    "adagrad": (UpdateSpec("adagrad", 0.1, eps=1e-10), lambda p: torch.optim.Adagrad(p, 0.1)),
    "adadelta": (
        UpdateSpec("adadelta", 1.0, alpha=0.9, eps=1e-6),
        lambda p: torch.optim.Adadelta(p, 1.0, rho=0.9, eps=1e-6),
    ),
}


def _network() -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).double()


def _loss(network: Any, number: int) -> Any:
    source = torch.Generator().manual_seed(number)
    x = torch.randn(16, 5, generator=source, dtype=torch.float64)
    return (network(x) - x[:, :3].sin() * 3).square().mean()


@pytest.mark.parametrize("name", CASES)
def test_it_moves_as_torch_does(name: str) -> None:
    spec, make = CASES[name]
    ours, theirs = _network(), _network()
    updater, optimizer = Updater(spec, ours.parameters()), make(theirs.parameters())
    for number in range(30):
        updater.zero()
        _loss(ours, number).backward()
        updater.step()
        optimizer.zero_grad()
        _loss(theirs, number).backward()
        optimizer.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("clip", ["norm", "value"])
def test_clipping_is_torchs(clip: str) -> None:
    ours, theirs = _network(), _network()
    updater = Updater(UpdateSpec("sgd", 0.1, clip=clip, clip_max=0.05), ours.parameters())
    optimizer = torch.optim.SGD(theirs.parameters(), 0.1)
    functions = {"norm": torch.nn.utils.clip_grad_norm_, "value": torch.nn.utils.clip_grad_value_}
    for number in range(10):
        updater.zero()
        _loss(ours, number).backward()
        norm = updater.step()
        optimizer.zero_grad()
        _loss(theirs, number).backward()
        before = torch.linalg.vector_norm(torch.cat([p.grad.flatten() for p in theirs.parameters()]))
        functions[clip](theirs.parameters(), 0.05)
        optimizer.step()
        assert norm == pytest.approx(float(before), rel=1e-6)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=1e-6, atol=1e-9)


def test_warmup_rises_to_the_rate() -> None:
    updater = Updater(UpdateSpec("sgd", 1.0, warmup=4), _network().parameters())
    rates = []
    for _ in range(6):
        rates.append(updater.rate())
        updater.step()
    assert rates == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("family", ["lion", "lars", "lamb"])
def test_those_that_torch_lacks_descend(family: str) -> None:
    network = _network()
    rate = {"lion": 0.003, "lars": 20.0, "lamb": 0.01}[family]
    updater = Updater(UpdateSpec(family, rate, betas=(0.9, 0.99), momentum=0.9), network.parameters())
    first = float(_loss(network, 0))
    for number in range(60):
        updater.zero()
        _loss(network, number).backward()
        updater.step()
    assert float(_loss(network, 0)) < 0.8 * first


def test_a_family_that_is_not_written_out_is_refused() -> None:
    assert "lbfgs" not in RULES
    with pytest.raises(ValueError, match="lbfgs"):
        Updater(UpdateSpec("lbfgs", 1.0), _network().parameters())
