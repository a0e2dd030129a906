"""Networks that unseen code made, known by what is done with them: `models["a"].compile(optimizer=..., loss=...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.weights_methods import opaque
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SIGNS = {
    "compile": frozenset({"optimizer", "loss", "metrics", "loss_weights", "run_eagerly", "steps_per_execution"}),
    "fit": frozenset(
        {"epochs", "nb_epoch", "callbacks", "steps_per_epoch", "validation_data", "validation_split",
         "validation_steps", "class_weight", "initial_epoch"}
    ),
    "fit_generator": frozenset({"steps_per_epoch", "epochs", "nb_epoch", "validation_data", "callbacks", "samples_per_epoch"}),
    "train_on_batch": frozenset({"x", "y", "sample_weight", "class_weight", "return_dict", "reset_metrics"}),
}  # fmt: skip
"""Arguments by which each method is Keras': scikit-learn has a `fit` too, other libraries a `compile`."""
_ALL = {
    "compile": _SIGNS["compile"] | {"weighted_metrics", "sample_weight_mode", "target_tensors", "jit_compile",
        "auto_scale_loss", "distribute", "from_serialized", "class_mode", "experimental_run_tf_function"},
}  # fmt: skip
"""All that the method takes in any version: an argument beside them shows that it is another's."""
_NETWORK = "unseen network"
"""Key of `run.memo`: the network that is not seen. A program that has several is told of one, as nothing tells them apart."""


def call(run: Interpreter, method: str, args: Args) -> Value:
    """The method's result, no constant; a constant where the arguments do not show that it is Keras'."""
    if method == "train_on_batch":
        sure = len(args.positional) + len(args.keywords) >= 1 and args.keywords.keys() <= _SIGNS[method]
    else:
        sure = bool(args.keywords.keys() & _SIGNS[method]) and args.keywords.keys() <= _ALL.get(
            method, args.keywords.keys()
        )
    if not sure:
        return Const(None)
    network = run.memo.get(_NETWORK)
    if network is None:
        network = run.memo[_NETWORK] = opaque(run, "an unseen network", None)
    result = run.call(run.get_attr(network, method), args)
    return Unknown("nothing") if isinstance(result, Const) else result
