"""A probe of one finding, beside the editor's own work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trainlint.checks import load_rules
from trainlint.engine import check_paths
from trainlint.model import Evidence, Finding
from trainlint.settings import Settings

Report = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be probed: a finding, the entry of the program that showed it, and the files as they stand."""

    finding: Finding
    entry: str
    root: Path
    settings: Settings
    buffers: Mapping[Path, bytes]


def probe(order: Order, report: Report, cancelled: threading.Event) -> Evidence | None:
    """Plan and run the experiment of a finding's rule; None where it was called off.

    The worker that trains is a process of its own, which ends with this call.
    """
    from trainlint.probe.planning import Planner
    from trainlint.probe.session import Session

    report("reading the program")
    planner = Planner({code: rule.probe for code, rule in load_rules().items()})
    entry = order.root / order.entry
    result = check_paths([entry], order.root, order.settings, overlays=order.buffers, plan=planner)
    if cancelled.is_set():
        return None
    finding, key = order.finding, (order.finding.code, order.finding.location)
    if key not in result.plans:
        return Evidence("inconclusive", detail="the finding is no longer there, or has no experiment")
    report("measuring")
    session = Session()

    def end_when_called_off() -> None:
        cancelled.wait()
        session.close()

    watch = threading.Thread(target=end_when_called_off, daemon=True)
    watch.start()
    try:
        evidence = session.run([finding], {key: result.plans[key]})[0].probe
    finally:
        called_off = cancelled.is_set()
        cancelled.set()
        watch.join(timeout=5)
    return None if called_off else evidence
