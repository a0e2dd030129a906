"""tensorflow_addons 0.23 and keras_contrib: losses, and layers that the tables of Keras' own layers leave out."""

from __future__ import annotations

from trainlint.facts.graph import Op
from trainlint.frameworks.keras.layer_tables import norm_weights
from trainlint.frameworks.keras.layers import add
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.loss_tables import LOGITS, PROBABILITIES, VALUES, LossKind
from trainlint.frameworks.keras.losses import LossClass

ADDONS = "tensorflow_addons.losses."
_LOSSES: tuple[tuple[str, str, str, str], ...] = (
    ("SigmoidFocalCrossEntropy", PROBABILITIES, "binary", "from_logits=False, alpha=0.25, gamma=2.0"),
    ("ContrastiveLoss", VALUES, "other", "margin=1.0"),
    ("TripletSemiHardLoss", VALUES, "other", "margin=1.0, distance_metric='L2'"),
    ("TripletHardLoss", VALUES, "other", "margin=1.0, soft=False, distance_metric='L2'"),
    ("LiftedStructLoss", VALUES, "other", "margin=1.0"),
    ("NpairsLoss", VALUES, "other", ""),
    ("NpairsMultilabelLoss", VALUES, "other", ""),
    ("GIoULoss", VALUES, "other", "mode='giou'"),
    ("PinballLoss", VALUES, "regression", "tau=0.5"),
    ("SparsemaxLoss", LOGITS, "multiclass", "from_logits=True"),
    ("WeightedKappaLoss", PROBABILITIES, "multiclass", "num_classes, weightage='quadratic'"),
)
"""Class, what it takes, task, options before `reduction`."""
for _name, _takes, _task, _options in _LOSSES:
    _kind = LossKind(_name, _takes, _task, (), _options, ADDONS)
    LIBRARY.add(LossClass(_kind.qualname, _kind))

_NORM = (
    "axis=None, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones'"
)
for _name, _kind_of, _options in (
    ("InstanceNormalization", "instancenorm", _NORM),
    ("GroupNormalization", "groupnorm", f"groups=32, {_NORM.replace('axis=None', 'axis=-1')}"),
):
    _made = add(f"Contrib{_name}", Op.NORM, _kind_of, _options, norm_weights)
    for _module in (
        "normalization.instancenormalization.",
        "normalization.groupnormalization.",
        "normalization.",
        "",
    ):
        LIBRARY.entries[f"keras_contrib.layers.{_module}{_name}"] = _made
