"""How a statement can end."""

from __future__ import annotations


class Flow:
    """The ways in which a block may end, as bits; several when a condition is not known.

    Plain numbers: blocks are left a hundred thousand times in a program, and an enum's operators take as long as
    the rest of a statement.
    """

    NONE = 0
    FALLS = 1  # goes on with the next statement
    RETURNS = 2
    BREAKS = 4
    CONTINUES = 8
    RAISES = 16
