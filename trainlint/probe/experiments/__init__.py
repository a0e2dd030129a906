"""Experiments, one module each, found by their place: whatever module here has an `EXPERIMENT` is one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from trainlint.probe.experiments.api import Experiment


@cache
def load_experiments() -> dict[str, Experiment]:
    """All experiments by name, those that are switched off included."""
    found: dict[str, Experiment] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        experiment = getattr(module, "EXPERIMENT", None)
        if isinstance(experiment, Experiment):
            found[experiment.name] = experiment
    return found


def protocol(experiment: Experiment) -> str:
    """What the experiment does, in words: the docstring of its module."""
    module = inspect.getmodule(experiment.plan)
    return inspect.getdoc(module) or "" if module is not None else ""
