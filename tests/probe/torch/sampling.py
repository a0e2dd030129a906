"""Which of many measured cases every run of the tests makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(names: Iterable[str], every: int = 3) -> list[Any]:
    """All of them as parameters: one of `every` as it is, the others only where slow tests are asked for."""
    return [
        pytest.param(name, marks=() if i % every == 0 else pytest.mark.slow) for i, name in enumerate(names)
    ]
