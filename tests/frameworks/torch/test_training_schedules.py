"""torch.optim.lr_scheduler: units, warmup and the largest rate."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.training_programs import evaluate, events
from trainlint.facts.events import EventKind
from trainlint.facts.training import Schedule

OPTIMIZER = "opt = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)\n"


def schedule(expression: str, before: str = "") -> Schedule:
    """The schedule that an expression makes of the optimizer `opt`."""
    found = evaluate(f"{OPTIMIZER}{before}s = {expression}").schedules[-1]
    assert found.optimizer is not None
    return found


@pytest.mark.parametrize(
    ("expression", "unit", "warmup"),
    [
        ("optim.lr_scheduler.StepLR(opt, 10)", None, False),
        ("optim.lr_scheduler.CosineAnnealingLR(opt, T_max=10)", None, False),
        ("optim.lr_scheduler.ReduceLROnPlateau(opt)", None, False),
        ("optim.lr_scheduler.OneCycleLR(opt, max_lr=0.2, total_steps=9)", "batch", True),
        ("optim.lr_scheduler.CyclicLR(opt, 0.01, 0.3)", "batch", True),
        ("optim.lr_scheduler.LinearLR(opt, start_factor=0.01, total_iters=5)", None, True),
        ("optim.lr_scheduler.LinearLR(opt, 1.0, 0.1)", None, False),
        ("optim.lr_scheduler.ConstantLR(opt, 0.1)", None, True),
        ("optim.lr_scheduler.LambdaLR(opt, lambda e: 0.95 ** e)", None, False),
        ("optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 500))", None, True),
    ],
)
def test_units_and_warmup(expression: str, unit: str | None, warmup: bool) -> None:
    found = schedule(expression)
    assert (found.unit, found.warmup, found.rescales) == (unit, warmup, False)


@pytest.mark.parametrize(
    ("expression", "peak"),
    [
        ("optim.lr_scheduler.OneCycleLR(opt, max_lr=0.2, total_steps=9)", 0.2),
        ("optim.lr_scheduler.OneCycleLR(opt, [0.2, 0.4], total_steps=9)", 0.4),
        ("optim.lr_scheduler.CyclicLR(opt, base_lr=0.01, max_lr=0.3)", 0.3),
        ("optim.lr_scheduler.LambdaLR(opt, lambda s: 5.0 if s < 10 else 1.0)", 0.5),
    ],
)
def test_peak_of_schedules_that_set_their_own(expression: str, peak: float) -> None:
    found = schedule(expression)
    assert found.peak is not None
    assert found.peak.value == pytest.approx(peak)


def test_schedule_that_keeps_the_constructors_rate_has_no_peak() -> None:
    assert schedule("optim.lr_scheduler.CosineAnnealingLR(opt, 10)").peak is None


def test_factor_from_outside_is_not_guessed() -> None:
    found = schedule("optim.lr_scheduler.LambdaLR(opt, somewhere.factor)", "import somewhere\n")
    assert found.rescales
    assert found.warmup is None


def test_inverse_square_root_without_a_value_at_step_zero() -> None:
    before = "def factor(step):\n    return min(step ** -0.5, step * 400 ** -1.5)\n"
    found = schedule("optim.lr_scheduler.LambdaLR(opt, factor)", before)
    assert not found.rescales
    assert found.warmup is True


def test_sequence_warms_up_if_its_first_part_does() -> None:
    before = (
        "a = optim.lr_scheduler.LinearLR(opt, 0.1, total_iters=5)\n"
        "b = optim.lr_scheduler.CosineAnnealingLR(opt, 50)\n"
    )
    assert schedule("optim.lr_scheduler.SequentialLR(opt, [a, b], milestones=[5])", before).warmup is True
    assert schedule("optim.lr_scheduler.SequentialLR(opt, [b, a], milestones=[5])", before).warmup is False
    assert schedule("optim.lr_scheduler.ChainedScheduler([b, a])", before).warmup is True


def test_local_subclass_is_not_guessed_and_its_step_is_an_event() -> None:
    code = (
        "class Warm(optim.lr_scheduler.LRScheduler):\n"
        "    def get_lr(self):\n"
        "        return [base for base in self.base_lrs]\n"
        "    def step(self):\n"
        "        self.n = 1\n"
        "w = Warm(opt)\nw.step()\n"
    )
    program = evaluate(OPTIMIZER + code)
    (found,) = program.schedules
    assert (found.name, found.warmup, found.rescales) == ("Warm", None, True)
    assert events(program, EventKind.SCHEDULE_STEP) == ["schedule_step"]


def test_schedule_functions_of_transformers() -> None:
    code = (
        "from transformers import get_linear_schedule_with_warmup, get_scheduler\n"
        "a = get_linear_schedule_with_warmup(opt, 100, 1000)\n"
        "b = get_scheduler('linear', optimizer=opt, num_warmup_steps=0, num_training_steps=10)\n"
    )
    a, b = evaluate(OPTIMIZER + code).schedules
    assert (a.unit, a.warmup) == ("batch", True)
    assert (b.unit, b.warmup) == ("batch", False)
    assert a.optimizer is b.optimizer is not None


def test_rate_read_from_a_group_is_unknown_once_it_is_scheduled() -> None:
    code = "before = opt.param_groups[0]['lr']\noptim.SGD(nn.Linear(2, 2).parameters(), lr=before)\n"
    assert evaluate(OPTIMIZER + code).optimizers[1].lr.value == 0.1
    scheduled = "optim.lr_scheduler.StepLR(opt, 1)\n"
    assert not evaluate(OPTIMIZER + scheduled + code).optimizers[1].lr.known
