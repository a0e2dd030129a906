"""TL704: the clip goes before the step that uses the gradients."""

from __future__ import annotations

from trainlint.fixes.api import Mend, Request, fixes
from trainlint.fixes.calls import subject_of_step
from trainlint.fixes.moving import in_the_way, lifted, move, names
from trainlint.fixes.statements import Statement, Statements, together
from trainlint.model import Location


@fixes("TL704")
def clip_after_step(request: Request) -> Mend | None:
    """The clip goes right before the step; gradients that a scaler holds are unscaled first."""
    finding = request.finding
    source = request.files.python(finding.location.path)
    if source is None or not finding.related or finding.related[0].location.path != finding.location.path:
        return None
    place = finding.related[0].location
    tree = Statements(source, finding.location, place)
    clip, step = tree.at(finding.location), tree.at(place)
    outer, anchor = together(clip, step)
    moved = lifted(clip, outer)
    block = tree.siblings(outer)
    reads, binds = names(tree.text(moved))
    if outer.number < anchor.number or in_the_way(
        tree, moved, block[anchor.number : outer.number], reads & binds
    ):
        return None
    scaler = _scaler(tree, step, place)
    extra: list[str] = []
    if scaler is not None and not any("unscale_(" in tree.text(part) for part in block):
        extra = [f"{scaler[1]}.unscale_({scaler[0]})"]
    return Mend("Move the clip before the step.", move(tree, moved, anchor, before=True, extra=extra))


def _scaler(tree: Statements, step: Statement, place: Location) -> tuple[str, str] | None:
    """The optimizer and the scaler, where a scaler steps."""
    try:
        optimizer, scaler = subject_of_step(tree, step, place)
    except LookupError:  # a tape's `apply_gradients`
        return None
    return (optimizer, scaler) if scaler is not None else None
