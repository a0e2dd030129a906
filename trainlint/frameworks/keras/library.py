"""The one library object that every part of the Keras model registers into, under canonical names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from trainlint.frameworks.keras.names import candidates, canonical
from trainlint.frameworks.keras.usual_names import TRAINING
from trainlint.semantics.library import Handler, Symbol, TableLibrary
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


PACKAGES = frozenset({"tensorflow", "keras", "tf_keras", "keras_core"})


def _method_of_datasets(name: str) -> Handler:
    """A method of an object that is not known, which may be a data set of tf.data."""

    def call(run: Interpreter, args: Args) -> Value:
        if not LIBRARY.is_loaded:  # nor does the program know any name of it
            return Const(None)
        return LIBRARY.methods_of_datasets[name](run, args)

    return call


def uses_keras(run: Interpreter) -> bool:
    """Whether the module whose code runs now imports Keras."""
    return not PACKAGES.isdisjoint(run.project.sources.survey(run.frame.module.source).packages)


def _method_of_networks(name: str) -> Handler:
    """A method of an object that is not known, which is a network where its arguments are those of Keras."""

    def call(run: Interpreter, args: Args) -> Value:
        if not uses_keras(run):
            return Const(None)
        LIBRARY.load()
        from trainlint.frameworks.keras import unseen_networks

        return unseen_networks.call(run, name, args)

    return call


class KerasLibrary(TableLibrary):
    """Tables of Keras and of what its programs use of TensorFlow.

    Parts append to `symbols` (what an undefined name probably is, first answer wins), `finishers` (called at the
    program's end), `rehearsers` (what is to be tried that the program left out, after its networks were) and
    `fallbacks` (asked for names that no table holds) and `observers_of_names` (told every name as the program has it).
    """

    unknown_methods: ClassVar[dict[str, Handler]] = {
        **{name: _method_of_datasets(name) for name in ("batch", "padded_batch", "shuffle")},
        **{name: _method_of_networks(name) for name in ("compile", "fit", "fit_generator", "train_on_batch")},
    }
    methods_of_datasets: ClassVar[dict[str, Handler]] = {}
    unknown_assignments: ClassVar[dict[str, Handler]] = {}
    symbols: ClassVar[list[Callable[[Interpreter, Symbol], Value | None]]] = []
    finishers: ClassVar[list[Callable[[Interpreter], None]]] = []
    rehearsers: ClassVar[list[Callable[[Interpreter], list[tuple[str, Callable[[], Value]]]]]] = []
    fallbacks: ClassVar[list[Callable[[Interpreter, str], Value | None]]] = []
    observers_of_names: ClassVar[list[Callable[[Interpreter, str], None]]] = []

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        self.load()
        for observer in self.observers_of_names:
            observer(run, qualname)
        for name in candidates(qualname):
            found = super().resolve(run, name)
            if found is not None:
                return found
        name = canonical(qualname)
        for fallback in self.fallbacks:
            found = fallback(run, name)
            if found is not None:
                return found
        return None

    def holds(self, qualname: str) -> bool:
        return super().holds(canonical(qualname))

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        self.load()
        from trainlint.frameworks.keras.operations import unmodelled

        found = super().unmodelled(run, canonical(qualname), args)
        return found if found is not None else unmodelled(run, canonical(qualname), args)

    def unseen_result(self, run: Interpreter, symbol: Symbol) -> Value | None:
        """A network that unseen code made: what is compiled (and fitted) is one."""
        if not self.is_loaded and not ("compile" in symbol.attributes or uses_keras(run)):
            return None
        self.load()
        from trainlint.frameworks.keras import symbols

        return symbols.unseen_result(run, symbol)

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        if not uses_keras(run):
            return None
        self.load()
        for make in self.symbols:
            found = make(run, symbol)
            if found is not None:
                return found
        return None

    def rehearsals(self, run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
        """Networks that nothing called, to be called once."""
        if not self.is_loaded:
            return []
        from trainlint.frameworks.keras.rehearsal import rehearsals

        return [*rehearsals(run), *(action for more in self.rehearsers for action in more(run))]

    def finish(self, run: Interpreter) -> None:
        """What the parts tie up at the program's end (torch's model links all modules, these too)."""
        for finisher in self.finishers:
            finisher(run)


_USUAL = """
Dense Dropout Flatten Activation Conv1D Conv2D Conv3D MaxPooling1D MaxPooling2D GlobalAveragePooling2D LSTM GRU SimpleRNN
Bidirectional TimeDistributed Embedding BatchNormalization LeakyReLU Input Reshape Conv2DTranspose
"""
"""Layers that fragments name without an import."""

LIBRARY = KerasLibrary(
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_core",
    "keras_hub",
    "keras_nlp",
    "keras_cv",
    "tensorflow_hub",
    "tensorflow_addons",
    "keras_contrib",
    "scikeras",
    "tensorflow_datasets",
    "keras_tuner",
    "kerastuner",
    "keras_applications",
    "keras_preprocessing",
    "efficientnet",
    "classification_models",
    "segmentation_models",
    "transformers",
    "official",
    usual={
        "tf": "tensorflow",
        "keras": "keras",
        "tfds": "tensorflow_datasets",
        "tfa": "tensorflow_addons",
        "K": "keras.backend",
        "layers": "keras.layers",
        **{name: f"keras.layers.{name}" for name in _USUAL.split()},
        "Sequential": "keras.models.Sequential",
        "Model": "keras.models.Model",
        **TRAINING,
    },
    observers=(
        "segmentation_models.set_framework", "segmentation_models.metrics",
        "keras.utils.plot_model", "keras.utils.model_to_dot", "keras.utils.set_random_seed", "keras.utils.disable_interactive_logging",
        "tensorflow.config", "tensorflow.saved_model.save", "tensorflow.lite", "tensorflow.io.gfile", "tensorflow.gfile",
        "tensorflow.debugging", "tensorflow.profiler", "tensorflow.compat.as_str", "keras.saving.save_model",
        "keras.models.save_model", "tensorflow.train.latest_checkpoint", "tensorflow.random.set_seed", "tensorflow.random.set_random_seed",
        "tensorflow.set_random_seed", "tensorflow.get_logger", "tensorflow.logging", "tensorflow.print",
        "tensorflow.summary", "tensorflow.version", "tensorflow.executing_eagerly", "tensorflow.test",
        "tensorflow.enable_eager_execution", "tensorflow.disable_v2_behavior", "tensorflow.disable_eager_execution",
        "keras.backend.clear_session", "keras.backend.set_floatx", "keras.backend.floatx", "keras.backend.epsilon",
        "keras.backend.set_session", "keras.backend.get_session", "keras.backend.set_learning_phase",
    ),
)  # fmt: skip
