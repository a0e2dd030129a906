"""Synthetic tasks: of every kind there is one that a healthy network learns, at the scale that the task says."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import CLASSES, HE, VALUES, mlp, recurrent  # noqa: E402
from trainlint.probe.spec import InputSpec, LayerSpec, LossSpec, NetworkSpec, TaskSpec, UpdateSpec, Variant  # noqa: E402
from trainlint.probe.worker.train import start  # noqa: E402

pytestmark = pytest.mark.torch

ADAM = UpdateSpec("adam", 3e-3)


def convolutional(outputs: int = 4) -> NetworkSpec:
    layers = (
        LayerSpec("c0", "conv2d", ("x",), {"in_channels": 3, "out_channels": 16, "kernel_size": 3, "padding": 1}),
        LayerSpec("a0", "relu", ("c0",)),
        LayerSpec("p0", "max_pool2d", ("a0",), {"kernel_size": 2}),
        LayerSpec("c1", "conv2d", ("p0",), {"in_channels": 16, "out_channels": 16, "kernel_size": 3, "padding": 1}),
        LayerSpec("a1", "relu", ("c1",)),
        LayerSpec("g", "adaptive_avg_pool2d", ("a1",), {"output_size": 1}),
        LayerSpec("f", "flatten", ("g",)),
        LayerSpec("out", "linear", ("f",), {"in_features": 16, "out_features": outputs}),
    )  # fmt: skip
    return NetworkSpec((InputSpec("x", (3, 16, 16)),), layers, ("out",))


def dense_prediction() -> NetworkSpec:
    layers = (
        LayerSpec(
            "c0", "conv2d", ("x",), {"in_channels": 3, "out_channels": 16, "kernel_size": 3, "padding": 1}
        ),
        LayerSpec("a0", "relu", ("c0",)),
        LayerSpec("c1", "conv2d", ("a0",), {"in_channels": 16, "out_channels": 4, "kernel_size": 1}),
    )
    return NetworkSpec((InputSpec("x", (3, 16, 16)),), layers, ("c1",))


def tokens(*, every: bool) -> NetworkSpec:
    layers = [
        LayerSpec("e", "embedding", ("x",), {"num_embeddings": 500, "embedding_dim": 16}),
        LayerSpec(
            "r",
            "gru",
            ("e",),
            {"input_size": 16, "hidden_size": 32, "returns": "sequence" if every else "last"},
        ),
        LayerSpec("out", "linear", ("r",), {"in_features": 32, "out_features": 4}),
    ]
    return NetworkSpec((InputSpec("x", (10,), 500),), tuple(layers), ("out",))


def autoencoder() -> NetworkSpec:
    layers = (
        LayerSpec("d", "linear", ("x",), {"in_features": 20, "out_features": 16}),
        LayerSpec("a", "tanh", ("d",)),
        LayerSpec("u", "linear", ("a",), {"in_features": 16, "out_features": 20}),
    )
    return NetworkSpec((InputSpec("x", (20,)),), layers, ("u",))


TASKS: dict[str, tuple[NetworkSpec, TaskSpec]] = {
    "classes of vectors": (mlp(2, weight=HE), CLASSES),
    "classes as columns": (mlp(2, weight=HE), replace(CLASSES, one_hot=True)),
    "classes of images": (convolutional(), CLASSES),
    "classes of sequences": (recurrent("gru", steps=8), CLASSES),
    "classes of texts": (tokens(every=False), CLASSES),
    "a class for every token": (tokens(every=True), replace(CLASSES, class_dim=-1, output=(10, 4))),
    "a class for every pixel": (dense_prediction(), replace(CLASSES, output=(4, 16, 16))),
    "two classes": (mlp(2, outputs=1, weight=HE), TaskSpec("binary", LossSpec("bce_logits", "logits"), (1,))),
    "two classes, probabilities": (
        mlp(2, outputs=1, weight=HE, last="sigmoid"),
        TaskSpec("binary", LossSpec("bce", "probabilities"), (1,)),
    ),
    "several labels": (mlp(2, outputs=5, weight=HE), TaskSpec("multilabel", LossSpec("bce_logits", "logits"), (5,))),
    "a value": (mlp(2, outputs=1, weight=HE), VALUES),
    "a value without its dimension": (mlp(2, outputs=1, weight=HE), replace(VALUES, squeeze=True)),
    "absolute error": (mlp(2, outputs=1, weight=HE), replace(VALUES, loss=LossSpec("mae"))),
    "an autoencoder": (autoencoder(), TaskSpec("regression", LossSpec("mse"), (20,))),
    "log-probabilities": (mlp(2, weight=HE, last=""), CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
def test_a_healthy_network_learns_it(name: str) -> None:
    torch.set_num_threads(1)
    network, task = TASKS[name]
    run = start(Variant(network, task, ADAM), 0)
    run.advance(200)
    assert run.end() < 0.85


class TestChance:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [("classes of vectors", math.log(4)), ("two classes", math.log(2)), ("a value", 1.0)],
    )
    def test_is_what_the_best_guess_loses(self, name: str, expected: float) -> None:
        network, task = TASKS[name]
        assert start(Variant(network, task, ADAM), 0).chance == pytest.approx(expected, rel=0.35)


class TestUnits:
    def test_inputs_and_targets_have_the_scale_of_the_task(self) -> None:
        task = replace(
            VALUES, input_scale=74.0, input_offset=128.0, target_scale=1000.0, target_offset=5000.0
        )
        run = start(Variant(mlp(2, outputs=1), task, ADAM), 0)
        (x,), y = run.data.batch(0, 64)
        assert float(x.mean()) == pytest.approx(128, abs=15) and float(x.std()) == pytest.approx(74, rel=0.15)
        assert float(y.mean()) == pytest.approx(5000, abs=600) and 500 < float(y.std()) < 2000

    def test_targets_keep_their_range(self) -> None:
        run = start(Variant(mlp(2, outputs=1), replace(VALUES, low=2.0, high=3.0), ADAM), 0)
        _, y = run.data.batch(0, 64)
        assert 2.0 <= float(y.min()) < 2.4 and 2.6 < float(y.max()) <= 3.0

    def test_batches_depend_on_seed_and_number_alone(self) -> None:
        def first(seed: int, number: int) -> Any:
            return start(Variant(mlp(2), CLASSES, ADAM), seed).data.batch(number, 8)[0][0]

        assert torch.equal(first(0, 3), first(0, 3))
        assert not torch.equal(first(0, 3), first(0, 4))
        assert not torch.equal(first(0, 3), first(1, 3))


class TestFailure:
    def test_a_loss_that_does_not_take_the_output_is_inconclusive(self) -> None:
        from trainlint.probe.spec import Request
        from trainlint.probe.worker.bench import perform

        wrong = Variant(mlp(2, outputs=3), replace(CLASSES, classes=7), ADAM)
        measured = perform(Request("momentum", wrong, wrong))
        assert "does not run" in measured.inconclusive
