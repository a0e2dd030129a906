"""How a statement can end."""

from __future__ import annotations

from enum import Flag, auto


class Flow(Flag):
    """The ways in which a block may end; several when a condition is not known."""

    NONE = 0
    FALLS = auto()  # goes on with the next statement
    RETURNS = auto()
    BREAKS = auto()
    CONTINUES = auto()
    RAISES = auto()
