"""What experiments set for the whole process is set back: other tests count on Python's own floating-point numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def small_numbers_again() -> Iterator[None]:
    """The worker rounds subnormal numbers to zero, for speed."""
    yield
    torch = pytest.importorskip("torch", reason="torch is not installed")
    torch.set_flush_denormal(False)
