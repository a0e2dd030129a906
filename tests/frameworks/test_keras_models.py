"""Names, plans and old arguments of Keras networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import evaluate
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.keras import LIBRARY
from trainlint.frameworks.keras.layers import LayerClass
from trainlint.frameworks.keras.names import candidates, canonical
from trainlint.frameworks.signature import signature


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tensorflow.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow.python.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow.compat.v1.keras.Sequential", "keras.models.Sequential"),
        ("tf_keras.Model", "keras.models.Model"),
        ("keras.api._v2.keras.Input", "keras.layers.Input"),
        ("keras.engine.topology.Layer", "keras.layers.Layer"),
        ("keras.engine.training.Model", "keras.models.Model"),
        ("keras.models.Input", "keras.layers.Input"),
        ("keras.src.layers.Layer", "keras.layers.Layer"),
        ("tensorflow.compat.v1.matmul", "tensorflow.matmul"),
        ("tensorflow.random_normal_initializer", "keras.initializers.RandomNormal"),
        ("tensorflow.optimizers.Adam", "keras.optimizers.Adam"),
        ("tensorflow.nn.relu", "tensorflow.nn.relu"),
        ("keras", "keras"),
    ],
)
def test_one_name_for_everything_that_keras_was_imported_as(written: str, meant: str) -> None:
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "keras.layers.core.Dense",
        "keras.layers.core.dense.Dense",
        "tensorflow.python.keras.layers.core.Dense",
        "keras.src.layers.core.dense.Dense",
        "tf_keras.src.layers.core.dense.Dense",
    ],
)
def test_submodules_of_a_section_lead_to_the_same_class(written: str) -> None:
    LIBRARY.load()
    found = next(entry for name in candidates(written) if (entry := LIBRARY.entries.get(name)) is not None)
    assert found is LIBRARY.entries["keras.layers.Dense"]


def test_every_signature_of_a_layer_parses() -> None:
    LIBRARY.load()
    layers = [entry for entry in LIBRARY.entries.values() if isinstance(entry, LayerClass)]
    assert len(layers) > 100
    for layer in layers:
        assert signature(layer.parameters).names is not None


def test_what_is_planned_stays_out_of_the_graph(tmp_path: Path) -> None:
    made = evaluate(
        tmp_path,
        """
        from keras import Input, Model, layers
        inputs = Input((4,))
        outputs = layers.Dense(2, activation="relu")(inputs) + 1
        model = Model(inputs, outputs)
        """,
    )
    assert made.names["outputs"].node.planned  # type: ignore[attr-defined]
    assert not made.program.calls
    assert not made.program.events_of(EventKind.FORWARD)


def test_each_call_of_a_functional_network_repeats_its_plan(tmp_path: Path) -> None:
    made = evaluate(
        tmp_path,
        """
        import tensorflow as tf
        from keras import Input, Model, layers
        inputs = Input((4,))
        model = Model(inputs, layers.Dense(2)(inputs))
        a = model(tf.zeros((8, 4)), training=True)
        b = model(tf.zeros((3, 4)))
        """,
    )
    outer = [c for c in made.program.calls if c.parent is None]
    assert [c.training for c in outer] == [True, False]
    inner = [c for c in made.program.calls if c.parent is not None]
    assert [c.training for c in inner] == [True, False]
    assert inner[0].module is inner[1].module
    assert len(made.program.events_of(EventKind.FORWARD)) == 2


@pytest.mark.parametrize(
    ("call", "kernel", "stride"),
    [
        ("Convolution2D(8, 3, 5)", (3, 5), 1),
        ("Convolution2D(8, nb_row=3, nb_col=5, subsample=(2, 2))", (3, 5), (2, 2)),
        ("Conv2D(8, (3, 5), strides=2)", (3, 5), 2),
        ("Conv2D(8, 3, 2)", 3, 2),
        ("Convolution2D(8, (3, 5), strides=(2, 2))", (3, 5), (2, 2)),
    ],
)
def test_kernels_and_strides_of_old_and_new_convolutions(
    tmp_path: Path, call: str, kernel: object, stride: object
) -> None:
    made = evaluate(tmp_path, f"from keras.layers import *\nlayer = {call}\n")
    options = made.program.modules[0].options
    assert options["kernel_size"].value == kernel
    assert options["stride"].value == stride
    assert options["out_channels"].value == 8


@pytest.mark.parametrize(
    ("call", "scheme"),
    [
        ("Dense(4, input_dim=3)", ()),
        ("Dense(4, input_dim=3, kernel_initializer=None)", ()),
        ("Dense(4, input_dim=3, kernel_initializer='he_normal')", ("he",)),
        ("Dense(4, input_dim=3, init='glorot_uniform')", ("xavier",)),
    ],
)
def test_a_default_initialisation_is_none_that_the_user_wrote(
    tmp_path: Path, call: str, scheme: tuple[str, ...]
) -> None:
    made = evaluate(
        tmp_path,
        f"from keras.layers import *\nfrom keras.models import Sequential\nmodel = Sequential([{call}])\n",
    )
    layer = next(m for m in made.program.modules if m.op is Op.AFFINE)
    assert tuple(i.scheme for i in layer.parameters["weight"].inits) == scheme
    assert not layer.parameters["bias"].inits


def test_networks_that_call_each_other_twice_at_every_level_end(tmp_path: Path) -> None:
    made = evaluate(
        tmp_path,
        """
        from keras import Input, Model, layers
        inputs = Input((2,))
        model = Model(inputs, layers.Dense(2)(inputs))
        for level in range(64):
            inputs = Input((2,))
            model = Model(inputs, model(inputs) + model(inputs))
        """,
    )
    assert not made.program.complete
