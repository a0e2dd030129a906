"""Mended twins: what each edit changes in a network, and what it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.probe.torch.networks import CLASSES, HE, mlp
from trainlint.probe import mends
from trainlint.probe.case import Unbuildable
from trainlint.probe.experiments import (
    dead_units,
    gradient_flow,
    lr_range,
    momentum,
    signal_propagation,
    symmetry,
)
from trainlint.probe.spec import InitSpec, LayerSpec, UpdateSpec, Variant

SGD = UpdateSpec("sgd", 0.1)


def variant(**changes: object) -> Variant:
    return replace(Variant(mlp(3, "sigmoid"), CLASSES, SGD), **changes)  # type: ignore[arg-type]


def ops(network: object) -> list[str]:
    return [layer.op for layer in network.layers]  # type: ignore[attr-defined]


class TestActivations:
    def test_sigmoids_become_relu_with_he_before_them_and_the_output_keeps_its_start(self) -> None:
        twin = gradient_flow.mended("TL601", variant()).network
        assert ops(twin) == ["linear", "relu"] * 3 + ["linear"]
        assert all(twin.layer(f"fc{n}").inits["weight"].scheme == "he" for n in range(3))
        assert not twin.layer("out").inits

    def test_a_gate_is_left_alone(self) -> None:
        network = mlp(2, "sigmoid")
        gated = [*network.layers[:4], LayerSpec("gate", "mul", ("act1", "fc1")), network.layers[4]]
        gated[-1] = replace(gated[-1], inputs=("gate",))
        twin = gradient_flow.mended("TL601", variant(network=replace(network, layers=tuple(gated)))).network
        assert [layer.op for layer in twin.layers if layer.id.startswith("act")] == ["relu", "sigmoid"]

    def test_without_such_an_activation_there_is_nothing_to_probe(self) -> None:
        with pytest.raises(Unbuildable, match="not among the operations"):
            gradient_flow.mended("TL601", variant(network=mlp(3, "relu")))

    def test_the_output_loses_its_relu(self) -> None:
        twin = dead_units.mended("TL608", variant(network=mlp(2, last="relu"))).network
        assert ops(twin)[-1] == "linear" and twin.outputs == ("out",)


class TestStarts:
    def test_he_comes_before_rectifiers_only(self) -> None:
        twin = signal_propagation.mended("TL603", variant(network=mlp(6))).network
        assert [bool(layer.inits) for layer in twin.layers if layer.op == "linear"] == [True] * 6 + [False]

    def test_a_missing_he_initialisation_is_not_measured_in_shallow_networks(self) -> None:
        with pytest.raises(Unbuildable, match="fewer than 6"):
            signal_propagation.mended("TL603", variant(network=mlp(5)))

    def test_each_layer_gets_what_fits_its_activation(self) -> None:
        network = mlp(2, "tanh", weight=HE)
        twin = signal_propagation.mended("TL604", variant(network=network))
        assert twin.what == "Glorot initialisation"
        assert {layer.inits["weight"].scheme for layer in twin.network.layers if layer.inits} == {"xavier"}

    def test_constant_weights_go_back_to_the_default(self) -> None:
        twin = symmetry.mended(variant(network=mlp(2, weight=InitSpec("zeros"))))
        assert not any(layer.inits for layer in twin.network.layers)

    def test_biases(self) -> None:
        zero = variant(network=mlp(2, bias=InitSpec("zeros")))
        assert dead_units.mended("TL607", zero).network.layer("fc0").inits["bias"].options == {"value": 0.1}
        with pytest.raises(Unbuildable):
            dead_units.mended("TL614", zero)


class TestNorms:
    def test_one_behind_every_hidden_layer(self) -> None:
        twin = gradient_flow.mended("TL110", variant(network=mlp(2))).network
        twin.check()
        assert ops(twin) == ["linear", "layernorm", "relu"] * 2 + ["linear"]


class TestUpdates:
    @pytest.mark.parametrize(
        ("code", "update", "expected"),
        [
            ("TL401", UpdateSpec("sgd", 50.0), 0.1),
            ("TL401", UpdateSpec("sgd", 0.5), 0.05),
            ("TL401", UpdateSpec("adam", 3.0), 0.003),
            ("TL402", UpdateSpec("adam", 1e-7), 1e-3),
            ("TL402", UpdateSpec("sgd", 1e-6, momentum=0.9), 0.01),
        ],
    )
    def test_rates(self, code: str, update: UpdateSpec, expected: float) -> None:
        assert lr_range.mended(code, variant(update=update)).update.lr == pytest.approx(expected)

    def test_momenta(self) -> None:
        assert momentum.mended(variant(update=UpdateSpec("sgd", 0.1, momentum=1.1))).update.momentum == 0.9
        assert momentum.mended(variant(update=UpdateSpec("adam", 1e-3, betas=(0.999, 0.9)))).update.betas == (
            0.9,
            0.999,
        )
        with pytest.raises(Unbuildable, match="usual"):
            momentum.mended(variant(update=UpdateSpec("sgd", 0.1, momentum=0.9)))

    def test_a_rate_that_is_a_fault_of_its_own_is_no_part_of_other_experiments(self) -> None:
        found, notes = mends.at_a_tolerable_rate(variant(update=UpdateSpec("sgd", 20.0)))
        assert found.update.lr == 0.1 and "20" in notes[0]
        assert mends.at_a_tolerable_rate(variant()) == (variant(), ())


def test_findings_on_several_layers_of_one_network_are_one_experiment() -> None:
    def marked(name: str) -> Variant:
        network = mlp(3, "sigmoid", flagged=False)
        layers = tuple(replace(layer, flagged=layer.id == name) for layer in network.layers)
        return variant(network=replace(network, layers=layers))

    one, other = (mends.alike(gradient_flow.requested("TL601", marked(name))) for name in ("act0", "act2"))
    assert one == other
