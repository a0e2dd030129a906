"""The HTML report of `--run` draws what the run showed."""

from __future__ import annotations

from trainlint.probe.script.curves import curves
from trainlint.probe.script.record import BackwardSeen, OptimizerSeen, Record, Spot
from trainlint.report.plots import plot

RECORD = Record(
    backwards=(BackwardSeen(Spot("/x/train.py", 7), (2.0, 1.0, 0.5), (0, 1, 2)),),
    optimizers=(
        OptimizerSeen("torch.optim.SGD", rates=(0.1, 0.1, 0.05), norms=(3.0, 2.0, 1.0)),
        OptimizerSeen("torch.optim.Adam", rates=(0.1, 0.1, 0.1), norms=(1.0, 1.0, 1.0)),
    ),
)


def test_losses_norms_and_rates_that_change_are_drawn() -> None:
    found = curves(RECORD)
    assert [s.title for s in found] == [
        "loss in the run (train.py:7)", "norm of the gradient, SGD", "learning rate, SGD", "norm of the gradient, Adam",
    ]  # fmt: skip
    assert found[0].flagged == ((2.0, 1.0, 0.5),)
    assert found[0].x == (0.0, 1.0, 2.0)


def test_a_run_without_steps_draws_nothing() -> None:
    assert curves(Record(backwards=(BackwardSeen(Spot(), (1.0,), (0,)),))) == ()


def test_a_plot_of_a_run_has_no_legend_for_a_twin() -> None:
    text = plot(curves(RECORD)[0])
    assert "as found" in text
    assert "mended" not in text
