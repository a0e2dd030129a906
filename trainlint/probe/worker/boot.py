"""The first code of a worker process: `python -I boot.py SETTINGS`, the settings as JSON (see `trainlint.probe.client`).

Python's isolated mode ignores the environment and the working directory, so that no file of a linted repository is
imported by accident. That also hides a trainlint that is installed as editable or found by PYTHONPATH: this file
loads the package from its own place, under its own name, and leaves `sys.path` alone.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def adopt(name: str, directory: Path) -> None:
    """Make the package `name` importable from a directory, with no change to the import path."""
    start = directory / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, start, submodule_search_locations=[str(directory)])
    if spec is None or spec.loader is None:
        raise ImportError(f"no package in {directory}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def target(path: str) -> Callable[[Mapping[str, Any]], object]:
    """The function that `package.module:function` names."""
    module, _, name = path.partition(":")
    found: Callable[[Mapping[str, Any]], object] = getattr(importlib.import_module(module), name)
    return found


def main() -> None:
    """Load the packages that the settings name, confine this process, then hand over to the entry function."""
    settings = json.loads(sys.argv[1])
    sys.path += settings.get("sites", [])
    for name, directory in settings["packages"].items():
        adopt(name, Path(directory))
    target(settings["entry"])(settings)


if __name__ == "__main__":
    main()
