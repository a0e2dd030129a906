"""What an experiment may look at when it plans: a finding, the fact that its check ran on, and the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainlint.facts.program import Program
from trainlint.model import Finding


class Unbuildable(Exception):  # noqa: N818 - a state of affairs, no failure
    """This finding cannot be probed; the text says why, in words for the user, after `inconclusive: `."""


@dataclass(frozen=True)
class Case:
    """A finding to be probed.

    subject: what the check ran on (Program, Module, Optimizer, Loss, Clipping, Loader, ...). program: its facts, which
    stand only until all plans of the program are made.
    """

    finding: Finding
    subject: Any
    program: Program
