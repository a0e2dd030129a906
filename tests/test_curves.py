"""Learning rates over a run: the formulas against torch itself, and curves of whole programs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from trainlint.engine import check_paths
from trainlint.facts.curves import RateCurve, rate_curve
from trainlint.facts.formulas import FORMULAS
from trainlint.facts.program import Program

SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("StepLR", {"step_size": 7, "gamma": 0.3}),
    ("MultiStepLR", {"milestones": [5, 12, 12, 30], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("ConstantLR", {"factor": 0.25, "total_iters": 6}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 1.0, "total_iters": 10}),
    ("PolynomialLR", {"total_iters": 20, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 40, "eta_min": 0.01}),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 2, "eta_min": 0.001}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 41}),
    ("OneCycleLR", {"max_lr": 0.5, "epochs": 6, "steps_per_epoch": 7, "anneal_strategy": "linear", "pct_start": 0.2}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 6, "step_size_down": 9, "cycle_momentum": False}),
]  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=[name for name, _ in SCHEDULES])
def test_a_formula_gives_the_rates_that_torch_sets(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2, momentum=0.9)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    import inspect

    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(type(scheduler)).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    formula, horizon = FORMULAS[f"torch.optim.lr_scheduler.{name}"]
    values = {**defaults, **options}
    ours = [formula(0.2, values, t) for t in range(40)]
    assert ours == pytest.approx(rates, rel=1e-6)
    assert horizon(values) >= 1


def test_warmup_and_decay_of_transformers() -> None:
    options = {"num_warmup_steps": 10, "num_training_steps": 110, "num_cycles": 0.5}
    linear, _ = FORMULAS["transformers.get_linear_schedule_with_warmup"]
    cosine, _ = FORMULAS["transformers.get_cosine_schedule_with_warmup"]
    assert [linear(1.0, options, t) for t in (0, 5, 10, 60, 110)] == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert [cosine(1.0, options, t) for t in (0, 5, 10, 60)] == pytest.approx([0.0, 0.5, 1.0, 0.5])


def test_decays_of_keras() -> None:
    exponential, _ = FORMULAS["keras.optimizers.schedules.ExponentialDecay"]
    options = {"decay_steps": 10, "decay_rate": 0.5, "staircase": True}
    assert [exponential(1.0, options, t) for t in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]
    cosine, _ = FORMULAS["keras.optimizers.schedules.CosineDecay"]
    warm = {"decay_steps": 100, "alpha": 0.1, "warmup_target": 1.0, "warmup_steps": 10}
    assert [cosine(0.0, warm, t) for t in (0, 5, 10, 60, 110, 500)] == pytest.approx(
        [0, 0.5, 1.0, 0.55, 0.1, 0.1]
    )
    pieces, _ = FORMULAS["keras.optimizers.schedules.PiecewiseConstantDecay"]
    assert [pieces(0.0, {"boundaries": [5], "values": [1.0, 0.5]}, t) for t in (5, 6)] == [1.0, 0.5]


HEAD = """\
import torch
from torch import nn

model = nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
"""
LOOP = """\
for epoch in range(20):
    for step in range(50):
        optimizer.zero_grad()
        model(torch.randn(4, 8)).pow(2).mean().backward()
        optimizer.step()
{step}
"""


def curves(tmp_path: Path, code: str) -> list[RateCurve | None]:
    (tmp_path / "train.py").write_text(code, encoding="utf-8")

    def read(program: Program) -> list[RateCurve | None]:
        return [rate_curve(optimizer, program) for optimizer in program.optimizers]

    (found,) = check_paths(["train.py"], tmp_path, digest=read).digests
    return list(found)


def test_without_a_schedule_the_rate_is_the_same_for_all_updates(tmp_path: Path) -> None:
    (curve,) = curves(tmp_path, HEAD + LOOP.format(step=""))
    assert curve == RateCurve(((0.0, 0.1), (1000.0, 0.1)), "updates", "", True)


@pytest.mark.parametrize(
    ("indent", "unit", "steps"),
    [("    ", "epochs", 20), ("        ", "updates", 1000)],
    ids=["epochs", "updates"],
)
def test_a_schedule_over_the_run_s_own_length(tmp_path: Path, indent: str, unit: str, steps: int) -> None:
    made = "scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)\n"
    (curve,) = curves(tmp_path, HEAD + made + LOOP.format(step=f"{indent}scheduler.step()"))
    assert curve is not None
    assert (curve.unit, curve.complete, curve.points[-1][0]) == (unit, True, steps)
    assert curve.schedule == "torch.optim.lr_scheduler.CosineAnnealingLR"
    assert curve.points[0][1] == 0.1
    assert math.isclose(min(rate for _, rate in curve.points), 0.0, abs_tol=1e-3)


def test_a_run_of_unknown_length_shows_the_schedule_s_own_shape(tmp_path: Path) -> None:
    made = "scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)\n"
    loop = LOOP.format(step="    scheduler.step()").replace("range(20)", "range(int(input()))")
    (curve,) = curves(tmp_path, HEAD + made + loop)
    assert curve is not None
    assert (curve.complete, curve.points[-1]) == (False, (30.0, pytest.approx(0.0)))


@pytest.mark.parametrize(
    "made",
    [
        "import mine\nmine.tune(optimizer)\n",
        "optimizer.param_groups[0]['lr'] = 0.5\n",
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.9 ** t)\n",
        "scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=int(input()))\n",
        "a = torch.optim.lr_scheduler.StepLR(optimizer, 5)\nb = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)\n",
    ],
    ids=["unseen code", "set by hand", "no closed form", "an option is not known", "two schedules"],
)
def test_what_is_not_known_has_no_curve(tmp_path: Path, made: str) -> None:
    assert curves(tmp_path, HEAD + made + LOOP.format(step="")) == [None]
