"""The first code of the process: finds trainlint beside itself, whatever Python and packages the user's program has."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def main() -> None:
    """Load trainlint from its own place, without putting that place on the program's import path."""
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
    from trainlint.probe.script.child import main

    main()


if __name__ == "__main__":
    main()
