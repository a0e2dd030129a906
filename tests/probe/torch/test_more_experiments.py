"""Experiments on losses, scales, modes, norms and shapes: a fault that hurts, its mended twin, labels exchanged, and look-alikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import ADAM, CLASSES, SGD, VALUES, mlp  # noqa: E402
from tests.probe.torch.sampling import sampled  # noqa: E402
from trainlint.model import Evidence  # noqa: E402
from trainlint.probe.case import Unbuildable  # noqa: E402
from trainlint.probe.experiments import (  # noqa: E402
    constant_output,
    eval_mode,
    finite,
    gradient_noise,
    input_scale,
    linearity,
    load_experiments,
    loss_range,
    loss_scale,
    shape,
    target_scale,
    term_balance,
    variance_shift,
)
from trainlint.probe.spec import (  # noqa: E402
    InputSpec,
    LayerSpec,
    LossSpec,
    NetworkSpec,
    Request,
    TaskSpec,
    UpdateSpec,
    Variant,
)
from trainlint.probe.worker.bench import Bench  # noqa: E402

pytestmark = pytest.mark.torch

BUDGET = 0.5
"""Seconds, less than in earnest: these cases are clear."""

LONGER = {"no activations": 1.5, "dropout at evaluation": 1.5}
"""Those that take some hundred steps to show."""

MOMENTUM = UpdateSpec("sgd", 0.03, momentum=0.9)
BINARY = TaskSpec("binary", LossSpec("bce_logits", "logits"), (1,))
PROBABILITY = replace(BINARY, loss=LossSpec("bce", "probabilities"))
TWO = replace(CLASSES, output=(2,), classes=2)
LIKELIHOOD = replace(CLASSES, loss=LossSpec("nll", "log_probabilities"))


def probed(request: Request, budget: float = BUDGET) -> Evidence:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    experiment = load_experiments()[request.experiment]
    return experiment.judge(request, experiment.measure(request, Bench(budget)))


def raw(scale: float, offset: float) -> TaskSpec:
    return replace(VALUES, target_scale=scale, target_offset=offset)


def with_dropout(network: NetworkSpec, p: float, *, before_norm: bool = False) -> NetworkSpec:
    """Dropout behind every activation, or before every batch norm."""
    layers: list[LayerSpec] = []
    instead: dict[str, str] = {}
    for layer in network.layers:
        source = layer.inputs[0]
        if before_norm and layer.op == "batchnorm":
            layers.append(LayerSpec(f"drop {layer.id}", "dropout", (source,), {"p": p}, flagged=True))
            source = layers[-1].id
        layers.append(replace(layer, inputs=(instead.get(source, source),)))
        if not before_norm and layer.op == "relu":
            layers.append(LayerSpec(f"drop {layer.id}", "dropout", (layer.id,), {"p": p}, flagged=True))
            instead[layer.id] = layers[-1].id
    return replace(network, layers=tuple(layers))


def ending_in(op: str, *, before: str = "", outputs: int = 4, **options: object) -> NetworkSpec:
    """A perceptron whose output goes through `before`, then through an operation."""
    network = mlp(2, outputs=outputs, last=before)
    end = LayerSpec("end", op, (network.outputs[0],), options)
    return replace(network, layers=(*network.layers, end), outputs=("end",))


def softmax_output(outputs: int = 4, op: str = "softmax") -> NetworkSpec:
    network = mlp(2, outputs=outputs)
    last = LayerSpec("last", op, ("out",), {"dim": 1}, flagged=True)
    return replace(network, layers=(*network.layers, last), outputs=("last",))


def on_a_map() -> Variant:
    """A dense layer that takes the last dimension of a feature map for its features."""
    layers = (
        LayerSpec(
            "conv", "conv2d", ("x",), {"in_channels": 3, "out_channels": 4, "kernel_size": 3, "padding": 1}
        ),
        LayerSpec("act", "relu", ("conv",)),
        LayerSpec("fc", "linear", ("act",), {"in_features": 8, "out_features": 4}, flagged=True),
    )
    network = NetworkSpec((InputSpec("x", (3, 8, 8)),), layers, ("fc",))
    return Variant(network, replace(CLASSES, output=(4, 8, 4)), SGD)


def of_terms(weights: tuple[float, ...], update: UpdateSpec = SGD) -> Request:
    task = replace(VALUES, output=(len(weights),))
    return term_balance.requested(Variant(mlp(2, outputs=len(weights)), task, update), weights)


FAULTS: dict[str, Callable[[], Request]] = {
    "targets of a hundred units under SGD": lambda: target_scale.requested(
        "TL502", Variant(mlp(2, outputs=1), raw(100.0, 200.0), SGD)
    ),
    "bytes under SGD": lambda: input_scale.requested("TL501", Variant(mlp(2), CLASSES, SGD), 74.0, 128.0),
    "pixels divided twice": lambda: input_scale.requested("TL505", Variant(mlp(2), CLASSES, ADAM), 0.0011, 0.002),
    "softmax before cross-entropy": lambda: loss_scale.requested("TL201", Variant(softmax_output(), CLASSES, ADAM)),
    "sigmoid before logits' loss": lambda: loss_scale.requested(
        "TL202", Variant(mlp(2, outputs=1, last="sigmoid"), BINARY, MOMENTUM)
    ),
    "sigmoid for standardised targets": lambda: loss_range.requested(
        "TL206", Variant(mlp(2, outputs=1, last="sigmoid"), VALUES, MOMENTUM)
    ),
    "logits into BCELoss": lambda: loss_range.requested("TL203", Variant(mlp(2, outputs=1), PROBABILITY, ADAM)),
    "NLL of logits": lambda: loss_range.requested("TL204", Variant(mlp(2), LIKELIHOOD, MOMENTUM)),
    "softmax over one unit": lambda: constant_output.requested(
        "TL205", Variant(softmax_output(1), PROBABILITY, SGD)
    ),
    "argmax over one unit": lambda: constant_output.requested("TL222", Variant(mlp(2, outputs=1), VALUES, SGD)),
    "no activations": lambda: linearity.requested("TL101", Variant(mlp(2, "identity"), CLASSES, replace(ADAM, lr=5e-3))),
    "dropout at evaluation": lambda: eval_mode.requested(
        "TL006", Variant(with_dropout(mlp(2), 0.5), CLASSES, replace(ADAM, lr=3e-3))
    ),
    "batch norm over two samples": lambda: variance_shift.requested(
        "TL804", Variant(mlp(2, norm=True), replace(CLASSES, batch=2), ADAM)
    ),
    "one sample at a high rate": lambda: gradient_noise.requested(
        "TL301", Variant(mlp(2), replace(CLASSES, batch=1), UpdateSpec("sgd", 0.3))
    ),
    "a term of a millionth": lambda: of_terms((1.0, 1e-6)),
    "log of what may be negative": lambda: finite.requested(Variant(ending_in("log", outputs=1), VALUES, SGD)),
    "a root of what may be negative": lambda: finite.requested(Variant(ending_in("sqrt", outputs=1), VALUES, SGD)),
    "predictions (N, 1) against targets (N,)": lambda: shape.requested(
        Variant(mlp(2, outputs=1), VALUES, MOMENTUM), "TL209"
    ),
    "a dense layer on a map": lambda: shape.requested(on_a_map(), "TL111"),
}  # fmt: skip


@pytest.mark.parametrize("name", sampled(FAULTS))
class TestFault:
    def test_is_confirmed_with_numbers(self, name: str) -> None:
        evidence = probed(FAULTS[name](), LONGER.get(name, BUDGET))
        assert evidence.verdict == "confirmed", evidence.detail
        assert evidence.numbers["score"] > 0.0
        assert evidence.flagged is not None and evidence.flagged != evidence.fixed

    def test_exchanged_it_is_not(self, name: str) -> None:
        assert probed(FAULTS[name]().exchanged()).verdict != "confirmed"

    def test_the_mended_twin_is_not(self, name: str) -> None:
        evidence = probed(FAULTS[name]().twin())
        assert evidence.verdict == "not reproduced", evidence.detail


HARMLESS: dict[str, Callable[[], Request]] = {
    "standardised targets": lambda: target_scale.requested(
        "TL502", Variant(mlp(2, outputs=1), raw(1.5, 0.2), ADAM)
    ),
    "bytes before batch norm": lambda: input_scale.requested(
        "TL501", Variant(mlp(2, norm=True), CLASSES, ADAM), 74.0, 128.0
    ),
    "bytes under Adam": lambda: input_scale.requested("TL501", Variant(mlp(2), CLASSES, ADAM), 74.0, 128.0),
    "log-softmax before cross-entropy": lambda: loss_scale.requested(
        "TL201", Variant(softmax_output(op="log_softmax"), CLASSES, ADAM)
    ),
    "sigmoid for targets within its range": lambda: loss_range.requested(
        "TL206",
        Variant(
            mlp(2, outputs=1, last="sigmoid"),
            replace(VALUES, target_scale=0.2, target_offset=0.5, low=0.1, high=0.9),
            ADAM,
        ),
    ),
    "log-softmax of two units": lambda: Request(
        "constant-output", Variant(softmax_output(2, "log_softmax"), TWO, SGD), Variant(mlp(2, outputs=2), TWO, SGD),
        "TL205",
    ),
    "tanh between the layers": lambda: Request(
        "linearity", Variant(mlp(2, "tanh"), CLASSES, ADAM), Variant(mlp(2), CLASSES, ADAM), "TL101"
    ),
    "two layers without an activation in a deep network": lambda: linearity.requested(
        "TL101", Variant(_one_gap(), CLASSES, replace(ADAM, lr=3e-3))
    ),
    "a network without dropout and norms": lambda: eval_mode.requested("TL006", Variant(mlp(2), CLASSES, ADAM)),
    "16 samples at a usual rate": lambda: gradient_noise.requested(
        "TL301", Variant(mlp(2), replace(CLASSES, batch=16), UpdateSpec("sgd", 0.05))
    ),
    "a term of a third under Adam": lambda: of_terms((1.0, 0.3), replace(ADAM, lr=3e-3)),
    "a root of nothing less than zero": lambda: finite.requested(
        Variant(ending_in("sqrt", before="relu", outputs=1), VALUES, SGD)
    ),
    "a root of a positive number": lambda: finite.requested(
        Variant(ending_in("sqrt", before="softplus", outputs=1), VALUES, ADAM)
    ),
}  # fmt: skip


def _one_gap() -> NetworkSpec:
    """Four hidden layers, the second without its activation."""
    network = mlp(4)
    layers = tuple(replace(x, op="identity") if x.id == "act1" else x for x in network.layers)
    return replace(network, layers=layers)


@pytest.mark.parametrize("name", sampled(HARMLESS))
def test_what_does_no_harm_is_not_reproduced(name: str) -> None:
    evidence = probed(HARMLESS[name](), 1.5)
    assert evidence.verdict == "not reproduced", evidence.detail


class TestRefusal:
    def test_a_mean_over_every_pair_has_no_mend_where_shapes_are_vectors(self) -> None:
        with pytest.raises(Unbuildable, match="one column"):
            shape.requested(Variant(mlp(2), CLASSES, SGD), "TL209")

    def test_indices_have_no_scale(self) -> None:
        network = replace(mlp(2), inputs=(InputSpec("x", (20,), tokens=100),))
        with pytest.raises(Unbuildable, match="indices"):
            input_scale.requested("TL501", Variant(network, CLASSES, SGD), 74.0, 128.0)

    def test_classes_have_no_units(self) -> None:
        with pytest.raises(Unbuildable, match="no real numbers"):
            target_scale.requested("TL502", Variant(mlp(2), CLASSES, SGD))

    def test_a_network_without_batch_norm_has_nothing_to_shift(self) -> None:
        with pytest.raises(Unbuildable, match="no batch norm"):
            variance_shift.requested("TL804", Variant(mlp(2), CLASSES, SGD))


class TestSqueezed:
    def test_an_output_without_a_dimension_of_its_own(self) -> None:
        """A network that ends in squeeze(): one number a sample, and nothing to flatten."""
        network = mlp(2, outputs=1, last="sigmoid")
        end = LayerSpec("end", "squeeze", (network.outputs[0],), {"dim": 1})
        network = replace(network, layers=(*network.layers, end), outputs=("end",))
        evidence = probed(
            loss_scale.requested("TL202", Variant(network, replace(BINARY, output=()), MOMENTUM))
        )
        assert evidence.verdict == "confirmed", evidence.detail


class TestMends:
    def test_dropout_moves_behind_the_norm(self) -> None:
        network = with_dropout(mlp(2, norm=True), 0.3, before_norm=True)
        moved = variance_shift.dropout_behind(network)
        order = [layer.op for layer in moved.layers]
        assert order[:4] == ["linear", "batchnorm", "dropout", "relu"]
        moved.check()

    def test_only_the_guarded_operation_takes_the_clamped_value(self) -> None:
        guarded = finite.guard(ending_in("log", outputs=1))
        assert guarded.layer("end").inputs == ("end guarded",)
        assert guarded.layer("end guarded").inputs == ("out",)
        guarded.check()


class TestShift:
    def test_a_shift_that_costs_nothing_is_neither_confirmed_nor_refuted(self) -> None:
        network = with_dropout(mlp(2, norm=True), 0.3, before_norm=True)
        evidence = probed(variance_shift.requested("TL803", Variant(network, CLASSES, ADAM)), 1.5)
        assert evidence.verdict == "inconclusive" and "costs nothing" in evidence.detail
        assert evidence.numbers["shift_flagged"] > evidence.numbers["shift_mended"]


class TestRepetition:
    def test_the_same_numbers_again(self) -> None:
        request = FAULTS["bytes under SGD"]()
        first, second = probed(request), probed(request)
        assert (first.verdict, first.detail) == (second.verdict, second.detail)
        assert first.numbers == second.numbers
