"""A tensor's values in a few numbers. torch is the program's own, taken from the tensor's methods."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from trainlint.probe.script.record import Values

LOOKED_AT = 1_000_000
"""Larger tensors are looked at in so many elements, evenly spread."""


def is_tensor(value: Any) -> bool:
    """Whether it is a tensor of the program's torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def describe(tensor: Any) -> Values | None:
    """Values of a strided tensor; None for others (sparse, meta, empty)."""
    torch = sys.modules["torch"]
    if tensor.layout != torch.strided or tensor.device.type == "meta" or tensor.numel() == 0:
        return None
    shape = tuple(int(size) for size in tensor.shape)
    with torch.no_grad():
        found = tensor.detach()
        if found.is_complex():
            found = torch.view_as_real(found)
        kind = str(tensor.dtype).removeprefix("torch.")
        flat = found.reshape(-1)
        if flat.numel() > LOOKED_AT:
            flat = flat[:: math.ceil(flat.numel() / LOOKED_AT)]
        flat = flat.double()
        finite = bool(torch.isfinite(flat).all())
        low_columns, high_columns = _columns(found)
        return Values(
            shape,
            kind,
            float(flat.min()),
            float(flat.max()),
            float(flat.mean()),
            float(flat.std(correction=0)),
            finite,
            finite and bool((flat == flat.round()).all()),
            low_columns,
            high_columns,
            _sums_to_one(found),
        )


def _columns(found: Any) -> tuple[float | None, float | None]:
    """The smallest and the largest standard deviation of a column of a table of real numbers."""
    if found.dim() != 2 or found.shape[0] < 2 or found.shape[1] < 2 or not found.is_floating_point():
        return None, None
    spread = found.double().std(0)
    return float(spread.min()), float(spread.max())


def _sums_to_one(found: Any) -> bool:
    if found.dim() < 2 or found.shape[1] < 2 or not found.is_floating_point():
        return False
    sums = found.double().sum(1)
    return bool(((sums - 1).abs() < 1e-3).all()) and bool((found >= -1e-6).all())


def rms(tensor: Any) -> float:
    """Root mean square."""
    return float(tensor.detach().double().pow(2).mean().sqrt())


def tensors_of(value: Any, name: str = "", depth: int = 3) -> Iterator[tuple[str, Any]]:
    """The tensors in nested tuples, lists and mappings, by their way there (`[0]`, `['label']`)."""
    if is_tensor(value):
        yield name, value
    elif depth and isinstance(value, tuple | list):
        for position, item in enumerate(value[:8]):
            yield from tensors_of(item, f"{name}[{position}]", depth - 1)
    elif depth and hasattr(value, "items") and callable(value.items):
        for key, item in list(value.items())[:16]:
            yield from tensors_of(item, f"{name}[{key!r}]", depth - 1)
