"""How a statement can end."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows a statement in its block. Nothing is copied until it is needed: blocks can be very long."""

    body: Sequence[ast.stmt] = ()
    start: int = 0

    def __len__(self) -> int:
        return len(self.body) - self.start

    def statements(self) -> Sequence[ast.stmt]:
        """The statements themselves."""
        return self.body[self.start :]


NOTHING = Rest()
