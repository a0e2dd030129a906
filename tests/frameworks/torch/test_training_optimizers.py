"""torch.optim: defaults, groups, subclasses, and the events of a step."""

from __future__ import annotations

import inspect
from textwrap import dedent

import pytest

from tests.frameworks.torch.training_programs import evaluate, events
from trainlint.facts.events import EventKind
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.optimizers import TABLE
from trainlint.frameworks.torch.schedule_table import TABLE as SCHEDULES

MODEL = "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))\n"


@pytest.mark.torch
@pytest.mark.parametrize(("name", "parameters"), [(row[0], row[2]) for row in TABLE])
def test_signatures_of_optimizers_are_those_of_torch(name: str, parameters: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    _compare(getattr(torch.optim, name), parameters)


@pytest.mark.torch
@pytest.mark.parametrize(("name", "parameters"), [(row[0], row[2]) for row in SCHEDULES])
def test_signatures_of_schedules_are_those_of_torch(name: str, parameters: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    _compare(getattr(torch.optim.lr_scheduler, name), parameters)


def _compare(cls: type, parameters: str) -> None:
    documented = inspect.signature(cls).parameters
    ours = signature(parameters)
    old = {"verbose"}  # taken out of torch 2.7; older programs still pass it
    assert {n for n in ours.names if n not in old} == set(documented)
    places = [n for n, p in documented.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [n for n in ours.names[: ours.places] if n not in old] == places
    for name, parameter in documented.items():
        if parameter.default is not parameter.empty:
            assert ours.defaults[name] == parameter.default, name


def test_default_rate_counts_and_has_no_literal() -> None:
    (adam,) = evaluate(MODEL + "optim.Adam(model.parameters())").optimizers
    assert (adam.name, adam.family, adam.lr.value, adam.lr.origin) == ("torch.optim.Adam", "adam", 1e-3, ())
    assert adam.momentum.known and adam.momentum.value is None  # there is none
    assert adam.parameters.complete
    assert len(adam.parameters.parameters) == 4


def test_rate_by_position_has_its_literal_first() -> None:
    (sgd,) = evaluate(MODEL + "rate = 0.5\noptim.SGD(model.parameters(), rate, 0.9)").optimizers
    assert sgd.lr.value == 0.5
    assert sgd.lr.literal is not None
    assert sgd.lr.literal.line == 6
    assert sgd.momentum.value == 0.9


def test_groups_have_rates_of_their_own() -> None:
    code = """
    a, b = nn.Linear(2, 2), nn.Linear(2, 2, bias=False)
    groups = [{"params": a.parameters(), "lr": 1e-4}, {"params": b.parameters()}]
    optim.AdamW(groups, lr=1e-2)
    """
    (adamw,) = evaluate(code).optimizers
    assert [(g.lr.value, len(g.parameters.parameters)) for g in adamw.groups] == [(1e-4, 2), (1e-2, 1)]
    assert len(adamw.parameters.parameters) == 3


def test_groups_together_hold_a_module() -> None:
    code = """
    groups = [
        {"params": [p for n, p in model.named_parameters() if not n.endswith("bias")], "weight_decay": 0.01},
        {"params": [p for n, p in model.named_parameters() if n.endswith("bias")]},
    ]
    optim.AdamW(groups)
    """
    (adamw,) = evaluate(MODEL + dedent(code)).optimizers
    assert [len(g.parameters.parameters) for g in adamw.groups] == [2, 2]
    assert "torch.nn.Sequential" in [m.qualname for m in adamw.parameters.modules]


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ("filter(lambda p: p.requires_grad, model.parameters())", 4),
        ("[p for n, p in model.named_parameters() if 'bias' not in n]", 2),
        ("list(model[0].parameters()) + list(model[2].parameters())", 4),
        ("(p for p in model.parameters())", 4),
        ("[model[0].weight]", 1),
        ("model.named_parameters()", 4),
        ("[*model[0].parameters(), *model[2].parameters()]", 4),
    ],
)
def test_ways_to_hand_over_parameters(params: str, count: int) -> None:
    (sgd,) = evaluate(MODEL + f"optim.SGD({params}, lr=0.1)").optimizers
    assert len(sgd.parameters.parameters) == count
    assert sgd.parameters.complete


def test_unknown_parameters_are_incomplete() -> None:
    (sgd,) = evaluate("import somewhere\noptim.SGD(somewhere.build().parameters(), lr=0.1)").optimizers
    assert not sgd.parameters.complete


def test_unknown_keyword_arguments_may_set_the_rate() -> None:
    (sgd,) = evaluate(
        MODEL + "import somewhere\noptim.SGD(model.parameters(), **somewhere.options)"
    ).optimizers
    assert not sgd.lr.known


def test_closure_runs_before_the_update() -> None:
    code = """
    def closure():
        opt.zero_grad()
        loss = model(torch.zeros(2, 4)).sum()
        loss.backward()
        return loss
    opt = optim.LBFGS(model.parameters())
    opt.step(closure)
    """
    program = evaluate(MODEL + dedent(code))
    kinds = (EventKind.ZERO_GRAD, EventKind.BACKWARD, EventKind.STEP)
    assert events(program, *kinds) == ["zero_grad", "backward", "step"]


def test_local_subclass_steps_and_its_rate_is_read_from_the_defaults() -> None:
    code = """
    class Mine(optim.Optimizer):
        def __init__(self, params, lr=0.3):
            super().__init__(params, dict(lr=lr))
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.data.add_(p.grad, alpha=-group["lr"])
    opt = Mine(nn.Linear(2, 2).parameters())
    opt.zero_grad()
    opt.step()
    """
    program = evaluate(code)
    (mine,) = program.optimizers
    assert (mine.name, mine.family, mine.lr.value) == ("Mine", "", 0.3)
    assert events(program, EventKind.ZERO_GRAD, EventKind.STEP) == ["zero_grad", "step"]


def test_writing_the_rate_of_a_group_is_a_schedule_by_hand() -> None:
    code = """
    opt = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    for epoch in range(10):
        for group in opt.param_groups:
            group["lr"] *= 0.5
    """
    program = evaluate(code)
    (schedule,) = program.schedules
    assert schedule.name == "manual"
    assert schedule.optimizer is program.optimizers[0]
    assert program.optimizers[0].state["lr_changed"]
    assert program.optimizers[0].lr.value == 0.1


def test_copy_of_a_group_is_an_ordinary_mapping() -> None:
    code = """
    opt = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    copy = opt.param_groups[0].copy()
    copy["lr"] = 5.0
    """
    program = evaluate(code)
    assert not program.failures
    assert not program.schedules


def test_optimizer_over_anothers_groups_marks_it_wrapped() -> None:
    code = """
    inner = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    outer = optim.SGD(inner.param_groups, lr=0.1)
    """
    inner, outer = evaluate(code).optimizers
    assert inner.state.get("wrapped") is True
    assert len(outer.parameters.parameters) == 2


def test_scaler_steps_the_optimizer() -> None:
    code = """
    opt = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cuda")
    with torch.autocast("cuda"):
        loss = nn.Linear(2, 2)(torch.zeros(1, 2)).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    scaler.step(opt)
    scaler.update()
    """
    program = evaluate(code)
    kinds = (EventKind.BACKWARD, EventKind.UNSCALE, EventKind.STEP, EventKind.SCALER_UPDATE)
    assert events(program, *kinds) == ["backward", "unscale", "step", "scaler_update"]
    (step,) = program.events_of(EventKind.STEP)
    assert step.target is program.optimizers[0]
    assert step.options["by"] == "scaler"
    (backward,) = program.events_of(EventKind.BACKWARD)
    assert backward.target.name == "loss_scale"
    assert backward.target.attached
