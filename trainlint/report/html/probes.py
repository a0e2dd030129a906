"""What a probe's evidence draws: its plots."""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.model import Evidence
from trainlint.report.plots import plots


def probe_drawings(evidence: Evidence) -> Sequence[str]:
    """The plots of an experiment as inline SVG; none where it kept no curves."""
    return plots(evidence)
