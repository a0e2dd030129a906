"""Each experiment on a fault that hurts, on its mended twin, with labels exchanged, and on what looks like a fault and is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import ADAM, CLASSES, HE, SGD, VALUES, constant_first, mlp, recurrent  # noqa: E402
from tests.probe.torch.sampling import sampled  # noqa: E402
from trainlint.model import Evidence  # noqa: E402
from trainlint.probe.case import Unbuildable  # noqa: E402
from trainlint.probe.experiments import (  # noqa: E402
    dead_units,
    gradient_explosion,
    gradient_flow,
    load_experiments,
    lr_range,
    momentum,
    signal_propagation,
    symmetry,
)
from trainlint.probe.spec import InitSpec, Request, UpdateSpec, Variant  # noqa: E402
from trainlint.probe.worker.bench import Bench  # noqa: E402

pytestmark = pytest.mark.torch

BUDGET = 1.0
"""Seconds, less than in earnest: these cases are clear."""

ONES = InitSpec("constant", {"value": 0.1})
ZEROS = InitSpec("zeros")
NEGATIVE = InitSpec("constant", {"value": -2.0})
UNSCALED = InitSpec("normal", {"std": 1.0})


def probed(request: Request) -> Evidence:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    experiment = load_experiments()[request.experiment]
    return experiment.judge(request, experiment.measure(request, Bench(BUDGET)))


def of(module: ModuleType, code: str, network: object, update: UpdateSpec, task: object = CLASSES) -> Request:
    return module.requested(code, Variant(network, task, update))  # type: ignore[no-any-return, arg-type]


FAULTS: dict[str, Callable[[], Request]] = {
    "sigmoid, five layers, SGD": lambda: of(gradient_flow, "TL601", mlp(5, "sigmoid"), SGD),
    "softmax, three layers, SGD": lambda: of(gradient_flow, "TL610", mlp(3, "softmax"), SGD),
    "default start, twelve layers, SGD": lambda: of(signal_propagation, "TL603", mlp(12), SGD),
    "normal(0, 1), six layers, SGD": lambda: of(signal_propagation, "TL606", mlp(6, weight=UNSCALED), SGD),
    "all weights alike": lambda: of(symmetry, "TL605", mlp(3, weight=ONES, bias=ZEROS), ADAM),
    "biases of -2": lambda: of(dead_units, "TL614", mlp(3, weight=HE, bias=NEGATIVE), SGD),
    "rate 10 under SGD": lambda: of(lr_range, "TL401", mlp(3, weight=HE), UpdateSpec("sgd", 10.0)),
    "rate 1e-6 under Adam": lambda: of(lr_range, "TL402", mlp(3, weight=HE), UpdateSpec("adam", 1e-6, steps=2000)),
    "a large rate unclipped": lambda: of(gradient_explosion, "TL701", mlp(6, weight=HE), UpdateSpec("sgd", 2.0)),
    "a clip that leaves nothing": lambda: of(
        gradient_explosion, "TL706", mlp(3, weight=HE), UpdateSpec("sgd", 0.03, momentum=0.9, clip="norm", clip_max=1e-4)
    ),
    "momentum above one": lambda: of(momentum, "TL410", mlp(3, weight=HE), UpdateSpec("sgd", 0.03, momentum=1.05)),
}  # fmt: skip


@pytest.mark.parametrize("name", sampled(FAULTS))
class TestFault:
    def test_is_confirmed_with_numbers(self, name: str) -> None:
        evidence = probed(FAULTS[name]())
        assert evidence.verdict == "confirmed", evidence.detail
        assert "loss after" in evidence.detail and " seeds" in evidence.detail
        assert evidence.numbers["effect"] > 0.05
        assert any(series.kind == "loss" and series.flagged and series.mended for series in evidence.series)

    def test_exchanged_it_is_not(self, name: str) -> None:
        assert probed(FAULTS[name]().exchanged()).verdict != "confirmed"

    def test_the_mended_twin_is_not(self, name: str) -> None:
        request = FAULTS[name]()
        assert probed(replace(request, flagged=request.mended)).verdict != "confirmed"


HARMLESS: dict[str, Callable[[], Request]] = {
    "tanh in four layers": lambda: of(gradient_flow, "TL602", mlp(4, "tanh"), SGD),
    "sigmoid in one layer, Adam": lambda: of(gradient_flow, "TL601", mlp(1, "sigmoid", width=64), UpdateSpec("adam", 0.03)),
    "default start before batch norm": lambda: of(signal_propagation, "TL603", mlp(8, norm=True), SGD),
    "one constant layer": lambda: of(symmetry, "TL605", constant_first(mlp(2), 0.1), ADAM),
    "zero biases under He": lambda: of(dead_units, "TL607", mlp(4, weight=HE, bias=ZEROS), SGD),
    "a large rate that Adam tolerates": lambda: of(lr_range, "TL401", mlp(2, weight=HE), UpdateSpec("adam", 0.02)),
    "an LSTM unclipped at a usual rate": lambda: of(
        gradient_explosion, "TL702", recurrent("lstm", steps=12, width=16), UpdateSpec("adam", 0.01)
    ),
    "betas that are strange and do no harm": lambda: of(
        momentum, "TL410", mlp(2, weight=HE), UpdateSpec("adam", 1e-3, betas=(0.95, 0.9))
    ),
}  # fmt: skip


def test_a_default_start_that_few_layers_make_up_for_is_not_asked_about() -> None:
    with pytest.raises(Unbuildable, match="fewer than 6 layers"):
        of(signal_propagation, "TL603", mlp(2), ADAM)


@pytest.mark.parametrize("name", sampled(HARMLESS))
def test_what_does_no_harm_is_not_reproduced(name: str) -> None:
    evidence = probed(HARMLESS[name]())
    assert evidence.verdict == "not reproduced", evidence.detail


class TestOutput:
    def test_a_relu_that_cuts_off_half_of_the_targets(self) -> None:
        request = of(dead_units, "TL608", mlp(2, outputs=1, last="relu"), ADAM, VALUES)
        evidence = probed(request)
        assert evidence.verdict == "confirmed"
        assert "the output stays dead in" in evidence.detail


class TestSmallRate:
    def test_enough_planned_steps_make_up_for_it(self) -> None:
        update = UpdateSpec("adam", 1e-6, steps=1_000_000)
        evidence = probed(of(lr_range, "TL402", mlp(3, weight=HE), update))
        assert evidence.verdict == "inconclusive" and "1000000 steps" in evidence.detail


class TestRepetition:
    def test_the_same_numbers_again(self) -> None:
        request = of(gradient_flow, "TL601", mlp(5, "sigmoid"), SGD)
        first, second = probed(request), probed(request)
        assert (first.verdict, first.detail) == (second.verdict, second.detail)
        assert {k: v for k, v in first.numbers.items() if k != "seconds"} == {
            k: v for k, v in second.numbers.items() if k != "seconds"
        }


class TestSecondSize:
    def test_a_verdict_that_depends_on_a_guess_is_none(self) -> None:
        """The finding holds for the first size only: at the second one the flagged variant is as good as the twin."""
        request = of(gradient_flow, "TL601", mlp(5, "sigmoid"), SGD)
        guessed = replace(request, other_flagged=request.mended, other_mended=request.mended)
        evidence = probed(guessed)
        assert evidence.verdict == "inconclusive" and "guessed" in evidence.detail

    def test_two_that_agree_confirm(self) -> None:
        request = of(gradient_flow, "TL601", mlp(5, "sigmoid"), SGD)
        assert (
            probed(replace(request, other_flagged=request.flagged, other_mended=request.mended)).verdict
            == "confirmed"
        )
