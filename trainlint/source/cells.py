"""Which line of a notebook's joined module belongs to which code cell."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellMap:
    """The first line (from 1) in the joined module of each code cell; cells count from 1."""

    starts: tuple[int, ...]

    def at(self, line: int) -> tuple[int, int]:
        """The cell's number, and its first line in the module, for a line of the module."""
        cell = max(bisect_right(self.starts, line), 1)
        return cell, self.first_line(cell)

    def first_line(self, cell: int) -> int:
        """The module's line at which a cell begins."""
        return self.starts[cell - 1] if 1 <= cell <= len(self.starts) else 1
