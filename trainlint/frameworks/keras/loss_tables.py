"""The losses of Keras: what each takes, for which task, and the names it goes by in strings and functions."""

from __future__ import annotations

from dataclasses import dataclass

PROBABILITIES, VALUES, LOGITS = "probabilities", "values", "logits"
PREFIX = "keras.losses."


@dataclass(frozen=True)
class LossKind:
    """One loss. takes: what the prediction must be (with from_logits=False, where it has that argument).

    names: function names and abbreviations that mean it, in any version. options: arguments of the class before
    `reduction`.
    """

    name: str
    takes: str | None
    task: str
    names: tuple[str, ...]
    options: str = ""
    place: str = PREFIX

    @property
    def qualname(self) -> str:
        """The canonical name, of Keras 3, tf.keras and old Keras alike."""
        return self.place + self.name

    @property
    def signature(self) -> str:
        """The arguments of the class."""
        return ", ".join(
            filter(None, (self.options, "reduction='sum_over_batch_size', name=None, dtype=None"))
        )

    @property
    def function_signature(self) -> str:
        """The arguments of the function."""
        return ", ".join(filter(None, ("y_true, y_pred", self.options)))


_SMOOTH = "from_logits=False, label_smoothing=0.0, axis=-1"
_FOCAL = "alpha=0.25, gamma=2.0"

KINDS: tuple[LossKind, ...] = (
    LossKind("CategoricalCrossentropy", PROBABILITIES, "multiclass", ("categorical_crossentropy",), _SMOOTH),
    LossKind("SparseCategoricalCrossentropy", PROBABILITIES, "multiclass", ("sparse_categorical_crossentropy",),
             "from_logits=False, ignore_class=None"),
    LossKind("CategoricalFocalCrossentropy", PROBABILITIES, "multiclass", ("categorical_focal_crossentropy",),
             f"{_FOCAL}, {_SMOOTH}"),
    LossKind("CategoricalGeneralizedCrossEntropy", PROBABILITIES, "multiclass",
             ("categorical_generalized_cross_entropy",), "q=0.5"),
    LossKind("BinaryCrossentropy", PROBABILITIES, "binary", ("binary_crossentropy", "bce", "BCE"), _SMOOTH),
    LossKind("BinaryFocalCrossentropy", PROBABILITIES, "binary", ("binary_focal_crossentropy",),
             f"apply_class_balancing=False, {_FOCAL}, {_SMOOTH}"),
    LossKind("MeanSquaredError", VALUES, "regression", ("mean_squared_error", "mse", "MSE")),
    LossKind("MeanAbsoluteError", VALUES, "regression", ("mean_absolute_error", "mae", "MAE")),
    LossKind("MeanAbsolutePercentageError", VALUES, "regression",
             ("mean_absolute_percentage_error", "mape", "MAPE")),
    LossKind("MeanSquaredLogarithmicError", VALUES, "regression",
             ("mean_squared_logarithmic_error", "msle", "MSLE")),
    LossKind("Huber", VALUES, "regression", ("huber", "huber_loss"), "delta=1.0"),
    LossKind("LogCosh", VALUES, "regression", ("log_cosh", "logcosh")),
    LossKind("CosineSimilarity", VALUES, "other", ("cosine_similarity", "cosine_proximity", "cosine"), "axis=-1"),
    LossKind("Hinge", VALUES, "binary", ("hinge",)),
    LossKind("SquaredHinge", VALUES, "binary", ("squared_hinge",)),
    LossKind("CategoricalHinge", VALUES, "multiclass", ("categorical_hinge",)),
    LossKind("KLDivergence", PROBABILITIES, "other",
             ("kl_divergence", "kullback_leibler_divergence", "kld", "KLD")),
    LossKind("Poisson", VALUES, "other", ("poisson",)),
    LossKind("CTC", LOGITS, "other", ("ctc",)),
    LossKind("Dice", PROBABILITIES, "other", ("dice",)),
    LossKind("Tversky", PROBABILITIES, "other", ("tversky",), "alpha=0.5, beta=0.5"),
    LossKind("Circle", VALUES, "other", ("circle",), "gamma=80.0, margin=0.4, remove_diagonal=True"),
)  # fmt: skip
"""Documentation of keras.losses, Keras 3.15; older names from the documentation of Keras 1 and 2."""

BY_NAME: dict[str, LossKind] = {
    **{kind.name: kind for kind in KINDS},
    **{name: kind for kind in KINDS for name in kind.names},
}
"""By every text that `compile(loss=...)` takes."""

OTHER_FUNCTIONS: tuple[tuple[str, str, str | None, str, str, str], ...] = (
    ("tensorflow.nn.softmax_cross_entropy_with_logits", "labels, logits, axis=-1, name=None, dim=-1", LOGITS,
     "multiclass", "labels", "logits"),
    ("tensorflow.nn.softmax_cross_entropy_with_logits_v2", "labels, logits, axis=None, name=None, dim=None", LOGITS,
     "multiclass", "labels", "logits"),
    ("tensorflow.nn.sparse_softmax_cross_entropy_with_logits", "labels, logits, name=None", LOGITS, "multiclass",
     "labels", "logits"),
    ("tensorflow.nn.sigmoid_cross_entropy_with_logits", "labels, logits, name=None", LOGITS, "binary",
     "labels", "logits"),
    ("tensorflow.nn.weighted_cross_entropy_with_logits", "labels, logits, pos_weight, name=None", LOGITS, "binary",
     "labels", "logits"),
    ("tensorflow.losses.softmax_cross_entropy", "onehot_labels, logits, weights=1.0, label_smoothing=0", LOGITS,
     "multiclass", "onehot_labels", "logits"),
    ("tensorflow.losses.sparse_softmax_cross_entropy", "labels, logits, weights=1.0", LOGITS, "multiclass",
     "labels", "logits"),
    ("tensorflow.losses.sigmoid_cross_entropy", "multi_class_labels, logits, weights=1.0", LOGITS, "binary",
     "multi_class_labels", "logits"),
    ("tensorflow.losses.absolute_difference", "labels, predictions, weights=1.0", VALUES, "regression",
     "labels", "predictions"),
    ("keras.backend.ctc_batch_cost", "y_true, y_pred, input_length, label_length", PROBABILITIES, "other", "y_true",
     "y_pred"),
    ("tensorflow.nn.ctc_loss", "labels, logits, label_length, logit_length, logits_time_major=True", LOGITS, "other",
     "labels", "logits"),
)  # fmt: skip
"""Functions beside keras.losses: name, signature, what they take, task, name of the target and of the prediction."""

BACKEND_FUNCTIONS: tuple[str, ...] = (
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
)
"""Also in keras.backend and keras.ops, as f(target, output, from_logits=False, axis=-1)."""
