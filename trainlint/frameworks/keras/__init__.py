"""What Keras and TensorFlow mean: every part adds its names to `LIBRARY`, which imports them when it is first asked."""

from __future__ import annotations

from importlib import import_module

from trainlint.frameworks.keras.library import LIBRARY

__all__ = ["LIBRARY"]

PARTS: tuple[str, ...] = (
    "layer",
    "models",
    "sequential",
    "inputs",
    "data_format",
    "operations",
    "layout_ops",
    "nests",
    "activations",
    "initializers",
    "creation",
    "nn_ops",
    "statistics",
    "nn_convolutions",
    "layer_tables",
    "special_layers",
    "merging",
    "recurrent",
    "preprocessing_layers",
    "weights_methods",
    "symbols",
    "applications",
    "hub",
    "losses",
    "metrics",
    "rates",
    "schedules",
    "optimizers",
    "tape",
    "callbacks",
    "training_compile",
    "training_untrained",
    "training_steps",
    "training_fit",
    "datasets",
    "preprocessing",
    "generators",
    "pipelines",
    "pipeline_sources",
    "pipeline_transformations",
    "pipeline_unknown",
    "dataset_catalogue",
    "images",
    "estimators",
    "tuners",
    "zoos",
    "addons",
    "transformers_tf",
    "sessions",
    "checkpoints",
    "fragments",
    "process",
    "devices",
    "unbuilt",
)
"""Modules of this package that register names."""


def _fill() -> None:
    for part in PARTS:
        import_module(f"{__name__}.{part}")


LIBRARY.fill = _fill
