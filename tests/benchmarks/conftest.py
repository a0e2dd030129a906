"""The benchmarks are scripts, not a package: their folder goes on the import path, as when they run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "benchmarks"), str(HERE)]

from fake_package import TRAIN, make_wheel  # noqa: E402


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all pip can see: `fakenet` 1.0 has a training loop without zero_grad()."""
    folder = tmp_path / "index"
    folder.mkdir()
    make_wheel(folder, "fakenet", "1.0", {"fakenet/__init__.py": "", "fakenet/train.py": TRAIN})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
