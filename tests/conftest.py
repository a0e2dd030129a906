"""What holds for all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # tests do not depend on how busy the machine is


@pytest.fixture(autouse=True, scope="session")
def this_python() -> Iterator[None]:
    """`python` is the interpreter that runs the tests, as in an activated environment: it has torch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield
