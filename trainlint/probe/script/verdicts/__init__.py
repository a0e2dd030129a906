"""From observed facts to verdicts: which rule's finding is confirmed by what of a run. One module a family of rules.

Each module has `JUDGES`, from a rule's code to a function of the scene; they are found by their place.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from trainlint.model import Evidence
from trainlint.probe.script.verdicts.scene import Judge, Scene, inconclusive

_NO_JUDGES = {"scene", "symptoms"}


@cache
def judges() -> dict[str, Judge]:
    """All judges by code."""
    found: dict[str, Judge] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NO_JUDGES:
            found.update(importlib.import_module(f"{__name__}.{module.name}").JUDGES)
    return found


def judge(scene: Scene) -> Evidence | None:
    """The verdict on a finding; None for rules that no run can say anything about."""
    found = judges().get(scene.finding.code)
    if found is None:
        return None
    record = scene.record
    if record.outcome == "no torch":
        return inconclusive("the program never imported torch")
    if record.outcome in ("died", "raised") and not record.backwards and not record.trained:
        return inconclusive(f"the program {record.outcome} before it trained: {record.error}")
    if scene.executed is False:
        return inconclusive(f"this line was not executed ({scene.length})")
    return found(scene)
