"""Edits of a network keep its ids, and what they make is a network again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.probe.test_spec import NETWORK, REQUEST
from trainlint.probe import edits
from trainlint.probe.spec import LayerSpec


def ops(network: object) -> list[str]:
    return [layer.op for layer in getattr(network, "layers", ())]


def test_what_is_left_out_is_bridged() -> None:
    made = edits.without(NETWORK, edits.flagged)
    made.check()
    assert ops(made) == ["conv2d", "flatten", "linear"]
    assert made.layer("2").inputs == ("0",)


def test_the_last_layer_may_be_left_out_with_its_output() -> None:
    ended = edits.after(NETWORK, "3", LayerSpec("4", "softmax", options={"dim": 1}))
    ended.check()
    assert ended.outputs == ("4",)
    assert edits.without_output_activation(ended) == NETWORK


def test_an_operation_is_put_between_two() -> None:
    made = edits.after(NETWORK, "0", LayerSpec("norm", "batchnorm", options={"num_features": 8}))
    made.check()
    assert ops(made) == ["conv2d", "batchnorm", "sigmoid", "flatten", "linear"]
    assert made.layer("1").inputs == ("norm",)


def test_an_operation_is_put_behind_the_input() -> None:
    made = edits.after(NETWORK, "x", LayerSpec("scaled", "scale", options={"factor": 0.5}))
    made.check()
    assert ops(made)[0] == "scale"
    assert made.layer("0").inputs == ("scaled",)


def test_two_operations_change_places() -> None:
    made = edits.exchanged(NETWORK, "0", "1")
    made.check()
    assert ops(made) == ["sigmoid", "conv2d", "flatten", "linear"]
    assert edits.exchanged(made, "1", "0") == NETWORK


def test_operations_that_do_not_follow_each_other_cannot() -> None:
    with pytest.raises(ValueError, match="follow"):
        edits.exchanged(NETWORK, "0", "2")


def test_where_activations_and_outputs_are() -> None:
    assert [layer.id for layer in edits.hidden_activations(NETWORK)] == ["1"]
    assert [layer.id for layer in edits.output_layers(NETWORK)] == ["3"]
    assert edits.depth(NETWORK) == 2
    assert not edits.has_norm(NETWORK)


def test_a_rate_and_clipping_are_said() -> None:
    found = edits.with_clipping(edits.with_rate(REQUEST.flagged, 0.01))
    assert (found.update.lr, found.update.clip, found.update.clip_max) == (0.01, "norm", 1.0)
    assert found.what == "gradients clipped at 1"
    assert replace(found, update=REQUEST.flagged.update, what="as found") == REQUEST.flagged
