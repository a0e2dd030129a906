"""Usual names of Keras' training parts in code without imports."""

from __future__ import annotations

OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax")
"""Classes that torch has under the same names: `fragments` decides by the arguments."""

TRAINING: dict[str, str] = {
    **{name: f"keras.fragments.{name}" for name in OPTIMIZERS},
    "Nadam": "keras.optimizers.Nadam",
    "optimizers": "keras.optimizers",
    "losses": "keras.losses",
    "callbacks": "keras.callbacks",
    "regularizers": "keras.regularizers",
    "np_utils": "keras.utils",
    "to_categorical": "keras.utils.to_categorical",
    "pad_sequences": "keras.preprocessing.sequence.pad_sequences",
    "Tokenizer": "keras.preprocessing.text.Tokenizer",
    "ImageDataGenerator": "keras.preprocessing.image.ImageDataGenerator",
    "KerasClassifier": "keras.wrappers.scikit_learn.KerasClassifier",
    "KerasRegressor": "keras.wrappers.scikit_learn.KerasRegressor",
    **{
        name: f"keras.callbacks.{name}"
        for name in ("EarlyStopping", "ModelCheckpoint", "TensorBoard", "CSVLogger", "LearningRateScheduler")
    },
    **{name: f"keras.datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100", "imdb",
                                                    "reuters", "boston_housing")},
}  # fmt: skip
