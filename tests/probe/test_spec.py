"""Requests and measurements survive the pipe unchanged; networks that make no sense are refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from trainlint.model import Series
from trainlint.probe.operations import OPERATIONS
from trainlint.probe.spec import (
    InitSpec,
    InputSpec,
    LayerSpec,
    LossSpec,
    Measurement,
    NetworkSpec,
    Request,
    TaskSpec,
    UpdateSpec,
    Variant,
    from_json,
    to_json,
)

HE = InitSpec("he", {"nonlinearity": "relu"})
NETWORK = NetworkSpec(
    (InputSpec("x", (3, 8, 8)),),
    (
        LayerSpec(
            "0",
            "conv2d",
            ("x",),
            {"in_channels": 3, "out_channels": 8, "kernel_size": (3, 3)},
            {"weight": HE},
        ),
        LayerSpec("1", "sigmoid", ("0",), flagged=True, label="act", path="net.py", line=7),
        LayerSpec("2", "flatten", ("1",)),
        LayerSpec("3", "linear", ("2",), {"in_features": 288, "out_features": 10}),
    ),
    ("3",),
    notes=("input 3x8x8 assumed",),
)
TASK = TaskSpec("multiclass", LossSpec("cross_entropy", "logits", options={"weight": (1.0, 2.0)}), (10,), 10)
UPDATE = UpdateSpec("sgd", 0.1, momentum=0.9, betas=(0.9, 0.99), steps=100)
REQUEST = Request(
    "gradient-flow",
    Variant(NETWORK, TASK, UPDATE),
    Variant(replace(NETWORK, notes=()), TASK, replace(UPDATE, steps=None), "mended"),
    options={"sizes": (1, 2), "word": "a", "nested": {"b": (1.5,)}},
)


def through_the_pipe(value: object) -> object:
    return from_json(type(value), json.loads(json.dumps(to_json(value))))


def test_a_request_comes_out_as_it_went_in() -> None:
    assert through_the_pipe(REQUEST) == REQUEST
    both = replace(REQUEST, other_flagged=REQUEST.mended, other_mended=REQUEST.flagged)
    assert through_the_pipe(both) == both


def test_a_measurement_comes_out_as_it_went_in_numbers_that_are_not_finite_included() -> None:
    series = Series("loss", "Loss", (0.0, 1.0), ((2.3, math.inf),), ((2.3, 1.0),))
    measured = Measurement(
        "e", {"ratio": 0.25, "whole": 3.0}, {"loss": (1.0, math.inf)}, (series,), (0, 1), 2.5
    )
    assert through_the_pipe(measured) == measured
    (lost,) = [
        from_json(Measurement, json.loads(json.dumps(to_json(replace(measured, numbers={"x": math.nan})))))
    ]
    assert math.isnan(lost.numbers["x"])


def test_exchanging_swaps_both_sizes() -> None:
    both = replace(REQUEST, other_flagged=REQUEST.mended, other_mended=REQUEST.flagged)
    swapped = both.exchanged()
    assert (swapped.flagged, swapped.other_flagged) == (both.mended, both.other_mended)
    assert swapped.exchanged() == both


def test_text_where_a_number_belongs_is_refused() -> None:
    data = to_json(UPDATE)
    data["lr"] = "__import__('os')"
    with pytest.raises(TypeError):
        from_json(UpdateSpec, data)


@pytest.mark.parametrize(
    ("layer", "wrong"),
    [
        (LayerSpec("4", "eval", ("3",)), "no operation"),
        (LayerSpec("4", "relu", ("3",), {"code": "x"}), "code"),
        (LayerSpec("4", "linear", ("3",), {"in_features": 10}), "out_features"),
        (LayerSpec("4", "relu", ("9",)), "do not come before"),
        (LayerSpec("3", "relu", ("2",)), "taken"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(layer: LayerSpec, wrong: str) -> None:
    NETWORK.check()
    with pytest.raises(ValueError, match=wrong):
        replace(NETWORK, layers=(*NETWORK.layers, layer)).check()


def test_required_options_are_options() -> None:
    assert all(set(o.required) <= set(o.options) for o in OPERATIONS.values())


def test_what_a_network_holds_can_be_asked_for() -> None:
    assert [layer.id for layer in NETWORK.weighted] == ["0", "3"]
    assert [layer.label for layer in NETWORK.flagged] == ["act"]
    assert [layer.id for layer in NETWORK.of("relu", "sigmoid")] == ["1"]
    with pytest.raises(KeyError):
        NETWORK.layer("9")
