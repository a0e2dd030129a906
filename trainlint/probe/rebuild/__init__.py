"""From facts to a network that can be built and trained; `rebuild` is what experiments call."""

from __future__ import annotations

from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.rebuild.variant import Rebuilt, rebuild

__all__ = ["Case", "Rebuilt", "Unbuildable", "rebuild"]
