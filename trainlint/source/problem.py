"""What went wrong with a file: a place, a message, and a kind that tells a caller whether to report it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainlint.model import Location

ProblemKind = Literal["syntax", "encoding", "missing", "unreadable", "size", "depth", "template"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a file itself.

    `kind` is "size" for a file too large to be worth reading, "template" for text with `{{ }}` or `{% %}`
    that becomes a config only once it is rendered; both merit a finding only where the user named the file.
    """

    location: Location
    message: str
    kind: ProblemKind = "syntax"


class Unreadable(Exception):  # noqa: N818 - reads as what it is where it is caught
    """A file that cannot be read as text; `reason` is fit for a message to the user."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class OutsideRoots(Unreadable):
    """A file that lies outside the directories that this run may read."""
