"""The experiments overfit and descend: on faults that hurt, with the labels exchanged, and on what does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from _pytest.mark import ParameterSet

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import ADAM, CLASSES, VALUES, mlp  # noqa: E402
from trainlint.model import Evidence  # noqa: E402
from trainlint.probe.case import Unbuildable  # noqa: E402
from trainlint.probe.experiments import descend, load_experiments, overfit  # noqa: E402
from trainlint.probe.spec import LayerSpec, LossSpec, NetworkSpec, Request, UpdateSpec, Variant  # noqa: E402
from trainlint.probe.worker.bench import Bench  # noqa: E402

pytestmark = pytest.mark.torch


def probed(request: Request) -> Evidence:
    torch.set_num_threads(1)
    experiment = load_experiments()[request.experiment]
    return experiment.judge(request, experiment.measure(request, Bench()))


def dropping(network: NetworkSpec, p: float) -> NetworkSpec:
    """The same with dropout behind every activation."""
    layers: list[LayerSpec] = []
    renamed: dict[str, str] = {}
    for layer in network.layers:
        layers.append(replace(layer, inputs=tuple(renamed.get(name, name) for name in layer.inputs)))
        if layer.id.startswith("act"):
            layers.append(LayerSpec(f"drop{layer.id}", "dropout", (layer.id,), {"p": p}))
            renamed[layer.id] = layers[-1].id
    return replace(network, layers=tuple(layers))


def of(code: str, network: NetworkSpec, update: UpdateSpec = ADAM, task: object = CLASSES) -> Request:
    return overfit.requested(code, Variant(network, task, update))  # type: ignore[arg-type]


def cut(name: str, task: object, outputs: int) -> Request:
    return descend.requested("TL212", Variant(mlp(2, outputs=outputs), task, ADAM), name)  # type: ignore[arg-type]


FAULTS: dict[str, Callable[[], Request]] = {
    "dropout of 0.9 in three layers": lambda: of("TL103", dropping(mlp(3), 0.9)),
    "twelve layers of sigmoid": lambda: of("TL109", mlp(12, "sigmoid")),
    "dropout of 0.9, asked for by --overfit": lambda: of("TL109", dropping(mlp(3), 0.9)),
    "a penalty of 0.5": lambda: of("TL105", mlp(3), UpdateSpec("adam", 1e-3, weight_decay=0.5)),
    "one unit wide": lambda: of("TL108", mlp(2, width=1)),
    "argmax before the loss": lambda: cut("argmax", CLASSES, 4),
    "round before the loss": lambda: cut("round", VALUES, 1),
}


SAMPLE = {
    "dropout of 0.9 in three layers", "one unit wide", "argmax before the loss",
    "a plain network", "a regression", "sixteen units wide",
}  # fmt: skip
"""Measured in every run; the others, of a few seconds each, are slow."""


def marked(names: Iterable[str]) -> list[ParameterSet]:
    return [pytest.param(name, marks=() if name in SAMPLE else (pytest.mark.slow,)) for name in names]


@pytest.mark.parametrize("name", marked(FAULTS))
class TestFault:
    def test_is_confirmed(self, name: str) -> None:
        evidence = probed(FAULTS[name]())
        assert evidence.verdict == "confirmed", evidence.detail
        assert evidence.flagged is not None and evidence.fixed is not None
        assert evidence.flagged > 0.3 > evidence.fixed or name.startswith("argmax")

    def test_exchanged_it_is_not(self, name: str) -> None:
        assert probed(FAULTS[name]().exchanged()).verdict != "confirmed"


HARMLESS: dict[str, Callable[[], Request]] = {
    "a plain network": lambda: of("TL109", mlp(3)),
    "a regression": lambda: of("TL109", mlp(3, outputs=1), ADAM, VALUES),
    "dropout of 0.5": lambda: of("TL103", dropping(mlp(3), 0.5)),
    "a usual penalty": lambda: of("TL105", mlp(3), UpdateSpec("adam", 1e-3, weight_decay=1e-4)),
    "sixteen units wide": lambda: of("TL108", mlp(2, width=16)),
    "squares of classes, which learn them as well": lambda: of(
        "TL207", mlp(2), ADAM, replace(CLASSES, loss=LossSpec("mse"), one_hot=True)
    ),
}


@pytest.mark.parametrize("name", marked(HARMLESS))
def test_what_can_be_learned_by_heart_is_not_reproduced(name: str) -> None:
    evidence = probed(HARMLESS[name]())
    assert evidence.verdict == "not reproduced", evidence.detail


def test_what_is_not_in_the_network_cannot_be_mended() -> None:
    with pytest.raises(Unbuildable, match="not in the rebuilt network"):
        of("TL103", mlp(3))
    with pytest.raises(Unbuildable, match="the loss that fits it"):
        of("TL207", mlp(3))
