"""The optimizers of Keras, tensorflow.train and tensorflow_addons: families, signatures and defaults."""

from __future__ import annotations

_CLIP = "clipnorm=None, clipvalue=None, global_clipnorm=None"
_REST = (
    f"{_CLIP}, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None, "
    "gradient_accumulation_steps=None, name=None, decay=None"
)
_COMMON = f"weight_decay=None, {_REST}"
_ADAM = "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07"

KERAS: tuple[tuple[str, str, str], ...] = (
    ("SGD", "sgd", f"learning_rate=0.01, momentum=0.0, nesterov=False, {_COMMON}"),
    ("RMSprop", "rmsprop", f"learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False, {_COMMON}"),
    ("Adam", "adam", f"{_ADAM}, amsgrad=False, {_COMMON}"),
    ("AdamW", "adamw", "learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-07, "
     f"amsgrad=False, {_REST}"),
    ("Adamax", "adamax", f"{_ADAM}, {_COMMON}"),
    ("Nadam", "nadam", f"{_ADAM}, {_COMMON}"),
    ("Adagrad", "adagrad", f"learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07, {_COMMON}"),
    ("Adadelta", "adadelta", f"learning_rate=0.001, rho=0.95, epsilon=1e-07, {_COMMON}"),
    ("Adafactor", "adafactor", "learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001, "
     f"clip_threshold=1.0, relative_step=True, {_COMMON}"),
    ("Ftrl", "ftrl", "learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1, "
     "l1_regularization_strength=0.0, l2_regularization_strength=0.0, l2_shrinkage_regularization_strength=0.0, "
     f"beta=0.0, {_COMMON}"),
    ("Lamb", "lamb", f"{_ADAM}, {_COMMON}"),
    ("Lion", "lion", f"learning_rate=0.001, beta_1=0.9, beta_2=0.99, {_COMMON}"),
    ("Muon", "muon", "learning_rate=0.001, adam_beta_1=0.9, adam_beta_2=0.999, adam_weight_decay=0.004, "
     f"epsilon=1e-07, weight_decay=0.004, {_REST}"),
    ("ScheduleFreeAdamW", "", "learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-08, warmup_steps=0, "
     f"{_COMMON}"),
)  # fmt: skip
"""Class, family (a key of facts/rates.py where it has one), signature. Documentation of Keras 3.15; `decay` is of
Keras 1 and 2, whose other arguments had these names and defaults too, but for those that are renamed below.
Keras before 2.4 had other default rates for Adagrad (0.01), Adadelta (1.0), Adamax and Nadam (0.002)."""

RENAMED = {"lr": "learning_rate", "alpha": "learning_rate"}
"""Arguments by the names that older versions used."""

_TF1 = "use_locking=False, name=None"
TENSORFLOW: tuple[tuple[str, str, str], ...] = (
    ("GradientDescentOptimizer", "sgd", f"learning_rate, {_TF1}"),
    ("MomentumOptimizer", "sgd", "learning_rate, momentum, use_locking=False, name=None, use_nesterov=False"),
    ("AdamOptimizer", "adam", f"learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, {_TF1}"),
    ("AdagradOptimizer", "adagrad", f"learning_rate, initial_accumulator_value=0.1, {_TF1}"),
    ("AdadeltaOptimizer", "adadelta", f"learning_rate=0.001, rho=0.95, epsilon=1e-08, {_TF1}"),
    ("RMSPropOptimizer", "rmsprop", f"learning_rate, decay_rate=0.9, momentum=0.0, epsilon=1e-10, {_TF1}"),
    ("FtrlOptimizer", "ftrl", f"learning_rate, learning_rate_power=-0.5, {_TF1}"),
    ("ProximalGradientDescentOptimizer", "", f"learning_rate, {_TF1}"),
)  # fmt: skip
"""tensorflow.train of TensorFlow 1 (and tensorflow.compat.v1.train)."""

ADDONS: tuple[tuple[str, str, str], ...] = (
    ("AdamW", "adamw", "weight_decay, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False, "
     f"name=None, {_CLIP}, decay=None"),
    ("SGDW", "sgd", f"weight_decay, learning_rate=0.001, momentum=0.0, nesterov=False, name=None, {_CLIP}, decay=None"),
    ("RectifiedAdam", "radam", "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, weight_decay=0.0, "
     f"amsgrad=False, sma_threshold=5.0, total_steps=0, warmup_proportion=0.1, min_lr=0.0, name=None, {_CLIP}"),
    ("LAMB", "lamb", "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-06, weight_decay=0.0, "
     f"exclude_from_weight_decay=None, exclude_from_layer_adaptation=None, name=None, {_CLIP}"),
    ("LazyAdam", "adam", f"{_ADAM}, amsgrad=False, name=None, {_CLIP}"),
    ("NovoGrad", "", "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, weight_decay=0.0, name=None, "
     f"{_CLIP}"),
    ("Yogi", "", f"learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=0.001, name=None, {_CLIP}"),
)  # fmt: skip
"""tensorflow_addons.optimizers."""

BY_TEXT: dict[str, str] = {
    **{name: name for name, _, _ in KERAS},
    **{name.lower(): name for name, _, _ in KERAS},
}
"""Texts that `compile(optimizer=...)` takes: class names in any case."""
