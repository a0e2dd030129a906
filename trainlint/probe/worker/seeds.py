"""Numbers for random generators, derived from a run's seed and the name of what is drawn: the same on every machine."""

from __future__ import annotations

import hashlib


def derived(seed: int, *names: object) -> int:
    """A seed of 63 bits for one purpose (`derived(0, "fc1", "weight", (64, 10))`)."""
    text = "\x1f".join([str(seed), *(str(name) for name in names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
