"""The first code of the process: finds trainlint beside itself, whatever Python and packages the user's program has."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Load trainlint from its own place, without putting that place on the program's import path, and hand over.

    The settings come from the descriptor that the environment names; `entry` in them is the module that goes on.
    """
    root = Path(__file__).resolve().parents[2]
    if "trainlint" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "trainlint", root / "__init__.py", submodule_search_locations=[str(root)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"no package in {root}")
        module = importlib.util.module_from_spec(spec)
        sys.modules["trainlint"] = module
        spec.loader.exec_module(module)
    with open(int(os.environ.pop("TRAINLINT_SETTINGS")), "rb") as file:
        settings = json.loads(file.read())
    importlib.import_module(settings["entry"]).main(settings)


if __name__ == "__main__":
    main()
