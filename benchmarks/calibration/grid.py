"""All cells of the calibration."""

from __future__ import annotations

from calibration import cells, more, second, third
from calibration.cells import Cell


def all_cells() -> list[Cell]:
    """Every cell, in a fixed order; names are unique within an experiment."""
    found = [
        cell for group in (*cells.GROUPS, *more.GROUPS, *second.GROUPS, *third.GROUPS) for cell in group()
    ]
    names = [(c.experiment, c.name) for c in found]
    assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1][:4]
    return found
