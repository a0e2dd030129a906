"""Tables of the Keras training model: every name resolves, every signature parses, defaults are the documented ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from trainlint.facts.events import EventKind
from trainlint.facts.program import Program
from trainlint.frameworks.keras.loss_tables import BY_NAME, KINDS, OTHER_FUNCTIONS
from trainlint.frameworks.keras.metrics import BY_NAME as METRICS
from trainlint.frameworks.keras.optimizer_tables import ADDONS, KERAS, TENSORFLOW
from trainlint.frameworks.signature import signature
from trainlint.libraries import all_libraries
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

NETWORK = (
    "import numpy as np\nimport keras\nimport tensorflow as tf\n"
    "net = keras.Sequential([keras.layers.Dense(3, input_shape=(4,))])\n"
    "x, y = np.zeros((64, 4)), np.zeros((64, 3))\n"
)


def evaluate(code: str) -> Program:
    """The facts of a program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "train.py"
        path.write_text(code)
        sources = Sources(SourceReader([path.parent], path.parent, {}))
        return evaluate_file(Project(sources, path, ()), sources.get(path), all_libraries()).program


RATES = {
    "SGD": 0.01, "RMSprop": 0.001, "Adam": 0.001, "AdamW": 0.001, "Adamax": 0.001, "Nadam": 0.001, "Adagrad": 0.001,
    "Adadelta": 0.001, "Adafactor": 0.001, "Ftrl": 0.001, "Lamb": 0.001, "Lion": 0.001, "Muon": 0.001,
    "ScheduleFreeAdamW": 0.0025,
}  # fmt: skip
"""Default learning rates, from the documentation of Keras 3.15."""


@pytest.mark.parametrize("parameters", [row[2] for row in (*KERAS, *TENSORFLOW, *ADDONS)])
def test_signatures_of_optimizers_parse(parameters: str) -> None:
    assert "learning_rate" in signature(parameters).names


@pytest.mark.parametrize("name", [name for name, _, _ in KERAS])
def test_an_optimizer_by_text_by_class_and_by_object_is_the_same(name: str) -> None:
    given = f"'{name}'", f"'{name.lower()}'", f"keras.optimizers.{name}", f"tf.keras.optimizers.{name}()"
    program = evaluate(NETWORK + "".join(f"net.compile({text}, 'mse')\n" for text in given))
    assert {o.name for o in program.optimizers} == {f"keras.optimizers.{name}"}
    assert {o.lr.value for o in program.optimizers} == {RATES[name]}
    assert len({o.family for o in program.optimizers}) == 1


@pytest.mark.parametrize("text", sorted(BY_NAME))
def test_a_loss_by_text_is_recorded_where_it_is_compiled(text: str) -> None:
    program = evaluate(NETWORK + f"net.compile('sgd', loss='{text}')\nnet.fit(x, y)\n")
    loss = program.losses[0]
    assert loss.name == BY_NAME[text].qualname
    assert (loss.takes, loss.task) == (BY_NAME[text].takes, BY_NAME[text].task)
    assert loss.location.line == 6


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_loss_by_object_and_by_function_is_the_same(kind: object) -> None:
    name, function = kind.name, kind.names[0]  # type: ignore[attr-defined]
    for text in (f"keras.losses.{name}()", f"tf.keras.losses.{function}"):
        program = evaluate(NETWORK + f"net.compile('sgd', {text})\nnet.fit(x, y)\n")
        assert {loss.name for loss in program.losses} == {f"keras.losses.{name}"}


@pytest.mark.parametrize("row", OTHER_FUNCTIONS, ids=lambda row: row[0])
def test_functions_of_tensorflow_find_prediction_and_target(row: tuple[str, ...]) -> None:
    name, parameters, takes, _, target, prediction = row
    extra = "".join(f", {n}=0" for n in ("input_length", "label_length", "logit_length") if n in parameters)
    call = f"{name.replace('tensorflow', 'tf', 1)}({target}=y, {prediction}=net(x){extra})"
    program = evaluate(NETWORK + f"with tf.GradientTape() as tape:\n    loss = {call}\n")
    loss = program.losses[0]
    assert loss.name == name
    assert loss.takes == takes
    assert loss.prediction is not None and loss.prediction.name == "linear"
    assert loss.target is not None and loss.target.name == "zeros"


@pytest.mark.parametrize("text", sorted(METRICS))
def test_metrics_by_text_are_on_record_once(text: str) -> None:
    program = evaluate(
        NETWORK + f"net.compile('sgd', 'mse', metrics=['{text}'])\nnet.fit(x, y)\nnet.fit(x, y)\n"
    )
    assert [m.name for m in program.metrics] in ([f"keras.metrics.{METRICS[text]}"], ["accuracy"])


@pytest.mark.parametrize(
    ("flag", "takes"),
    [
        ("from_logits=True", "logits"),
        ("from_logits=False", "probabilities"),
        ("**unseen()", None),
        ("", "probabilities"),
    ],
)
@pytest.mark.parametrize(
    "name", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
)
def test_from_logits_says_what_a_loss_takes(name: str, flag: str, takes: str | None) -> None:
    program = evaluate(
        NETWORK
        + f"from elsewhere import unseen\nnet.compile('sgd', keras.losses.{name}({flag}))\nnet.fit(x, y)\n"
    )
    assert program.losses[0].takes == takes


class TestFit:
    """fit() leaves the events of a loop that is written out."""

    def test_events_come_in_the_order_of_an_update(self) -> None:
        program = evaluate(
            NETWORK + "net.compile(keras.optimizers.Adam(clipnorm=1.0), 'mse')\nnet.fit(x, y, epochs=3)\n"
        )
        kinds = [
            e.kind for e in program.events if e.loops and e.loops[0].number == 1 and e.loops[-1].number == 1
        ]
        assert kinds == [
            EventKind.FORWARD, EventKind.LOSS, EventKind.ZERO_GRAD, EventKind.BACKWARD, EventKind.CLIP, EventKind.STEP,
        ]  # fmt: skip
        assert [p.loop.length for p in program.events_of(EventKind.STEP)[0].loops] == [3, 2]

    def test_nothing_trains_where_there_are_no_epochs(self) -> None:
        program = evaluate(NETWORK + "net.compile('adam', 'mse')\nnet.fit(x, y, epochs=0)\n")
        assert not program.events_of(EventKind.STEP)

    def test_a_network_that_is_not_compiled_has_no_loss_and_an_update_by_nobody_known(self) -> None:
        program = evaluate(NETWORK + "net.fit(x, y)\n")
        assert not program.losses
        assert {e.target for e in program.events_of(EventKind.STEP)} == {None}

    def test_the_optimizer_holds_what_is_built_after_compile(self) -> None:
        program = evaluate(
            "import keras\nimport numpy as np\n"
            "net = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])\n"
            "net.compile('adam', 'mse')\nnet.fit(np.zeros((8, 3)), np.zeros(8))\n"
        )
        assert {p.name for p in program.optimizers[0].parameters.parameters} == {"weight", "bias"}
        assert len(program.optimizers[0].parameters.parameters) == 4
        assert program.optimizers[0].parameters.complete

    def test_frozen_layers_are_not_lost(self) -> None:
        program = evaluate(NETWORK + "net.trainable = False\nnet.compile('adam', 'mse')\nnet.fit(x, y)\n")
        assert program.losses and program.events_of(EventKind.STEP)

    @pytest.mark.parametrize(
        "data", ["x, y", "(x, y)", "None", "", "*unseen()", "{'a': x}, {'b': y}", "[x], [y]", "7"]
    )
    def test_no_shape_of_data_is_too_odd(self, data: str) -> None:
        program = evaluate(
            NETWORK + f"from elsewhere import unseen\nnet.compile('adam', 'mse')\nnet.fit({data})\n"
        )
        assert not program.failures
        assert program.events_of(EventKind.STEP)


class TestCallbacks:
    """Callbacks of the program's own run around batches and epochs, with the network at hand."""

    def test_methods_run_in_order(self) -> None:
        program = evaluate(
            NETWORK + "class Order(keras.callbacks.Callback):\n"
            "    def on_train_begin(self, logs=None): self.model.optimizer.learning_rate = 0.1\n"
            "    def on_epoch_end(self, epoch, logs=None): self.model.optimizer.learning_rate = 0.2\n"
            "    def on_batch_begin(self, batch, logs=None): self.model.optimizer.learning_rate = 0.3\n"
            "net.compile('sgd', 'mse')\nnet.fit(x, y, epochs=2, callbacks=[Order()])\n"
        )
        depths = [(e.location.line, len(e.loops)) for e in program.events_of(EventKind.SCHEDULE_STEP)]
        assert depths[:3] == [(7, 0), (9, 2), (9, 2)]
        assert (8, 1) in depths

    @pytest.mark.parametrize(
        ("callback", "unseen"),
        [
            ("keras.callbacks.EarlyStopping()", None),
            ("Other()", True),
            ("wandb.keras.WandbCallback()", None),
            ("None", None),
        ],
    )
    def test_what_is_not_followed_may_set_the_rate(self, callback: str, unseen: bool | None) -> None:
        program = evaluate(
            NETWORK + "import wandb\nimport wandb.keras\nfrom elsewhere import Other\n"
            f"net.compile('sgd', 'mse')\nnet.fit(x, y, callbacks=[{callback}])\n"
        )
        assert program.optimizers[0].state.get("lr_unseen") == unseen


ODD = (
    "net.compile()", "net.compile(None, None)", "net.compile(5, 7)", "net.compile('adam', [])", "net.compile('adam', {})",
    "net.compile('adam', 'mse', 5)", "net.compile(*unseen())", "net.compile(**unseen())", "net.compile([1], ['mse', 'mae'])",
    "net.compile('adam', lambda a, b: None)", "net.compile('adam', lambda: 0)", "net.compile('nonsense', 'nonsense')",
    "net.compile('adam', net)", "net.compile(net, keras.losses)", "net.compile('adam', {'a': {'b': 'mse'}}, metrics={'a': 1})",
    "net.compile(keras.optimizers.Adam(keras.optimizers.Adam()), 'mse')", "net.compile(keras.optimizers.SGD(None), None)",
    "net.compile(keras.optimizers.Adam('0.1'), 'mse')", "net.compile(keras.optimizers.Adam(lambda: 0.1), 'mse')",
    "net.compile(keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([], [])), 'mse')",
    "net.compile(keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay(*unseen())), 'mse')",
    "net.fit(x, y, callbacks=7)", "net.fit(x, y, callbacks=[net, 3, None])", "net.fit(x, y, epochs='many')",
    "net.fit(x, y, batch_size=0)", "net.fit(x, y, batch_size=-1, validation_split=2)", "net.fit(x, y, validation_data=3)",
    "net.fit(x, y, validation_data=(x,))", "net.fit(iter([]))", "net.fit(i for i in [])", "net.fit_generator()",
    "net.fit(x, y, callbacks=[keras.callbacks.LearningRateScheduler(7)])",
    "net.fit(x, y, callbacks=[keras.callbacks.LearningRateScheduler(lambda e: 1 / e)])",
    "net.fit(x, y, callbacks=[keras.callbacks.LearningRateScheduler(lambda e, r: r * unseen())])",
    "net.train_on_batch()", "net.evaluate()", "net.predict()", "net.add_loss()", "net.train_step(7)", "net.compute_loss()",
    "tf.data.Dataset.from_tensor_slices()", "tf.data.Dataset.from_tensor_slices(7).batch('a').map(3).take(x)",
    "tf.data.Dataset.range(5, 7, 2).repeat(0).batch(0).shuffle(0)", "tf.data.Dataset.zip()", "len(tf.data.Dataset.range(9))",
    "tf.data.Dataset.from_generator(7)", "keras.preprocessing.image.ImageDataGenerator(7).flow()",
    "keras.preprocessing.image.ImageDataGenerator(rescale='a').flow_from_directory()", "keras.utils.to_categorical()",
    "keras.datasets.mnist.load_data(1, 2, 3)", "tf.clip_by_global_norm()", "tf.clip_by_value(None, None, None)",
    "tf.GradientTape().gradient()", "tf.GradientTape().gradient(None, [None])", "keras.optimizers.Adam().apply_gradients()",
    "keras.optimizers.Adam().apply_gradients([(1, 2, 3), 4])", "keras.optimizers.Adam().minimize()", "keras.optimizers.get({})",
    "keras.losses.get()", "keras.losses.MeanSquaredError()()", "keras.losses.binary_crossentropy()", "tf.function()",
    "tf.distribute.MirroredStrategy().run()", "tf.io.decode_jpeg()", "tf.image.resize()", "tf.Session().run()",
    "tf.train.Checkpoint(net).restore()", "keras.wrappers.scikit_learn.KerasClassifier().fit()", "keras.backend.function()()",
)  # fmt: skip


@pytest.mark.parametrize("line", ODD)
def test_no_call_is_too_odd(line: str) -> None:
    program = evaluate(
        NETWORK + f"from elsewhere import unseen\nnet.compile('adam', 'mse')\n{line}\nnet.fit(x, y)\n"
    )
    assert not program.failures, program.failures[0].traceback
    assert program.events_of(EventKind.STEP)
