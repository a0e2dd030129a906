"""TL703: the clip goes behind the backward() that makes the gradients."""

from __future__ import annotations

from trainlint.fixes.api import Mend, Request, fixes
from trainlint.fixes.calls import scaler_of_backward, subject_of_step
from trainlint.fixes.moving import in_the_way, lifted, move
from trainlint.fixes.statements import Statement, Statements, together
from trainlint.model import Location


@fixes("TL703")
def clip_before_backward(request: Request) -> Mend | None:
    """The clip goes right behind the backward(); gradients that a scaler holds are unscaled first."""
    finding = request.finding
    source = request.files.python(finding.location.path)
    if source is None or not finding.related or finding.related[0].location.path != finding.location.path:
        return None
    place = finding.related[0].location
    tree = Statements(source, finding.location, place)
    clip, backward = tree.at(finding.location), tree.at(place)
    outer, anchor = together(clip, backward)
    moved = lifted(clip, outer)
    block = tree.siblings(outer)
    if outer.number > anchor.number or in_the_way(
        tree, moved, block[outer.number + 1 : anchor.number + 1], frozenset()
    ):
        return None
    scaler = scaler_of_backward(tree, backward, place)
    extra: list[str] = []
    if scaler is not None:
        if any("unscale_(" in tree.text(part) for part in block):
            return None
        extra = [f"{scaler}.unscale_({_optimizer(tree, block[anchor.number + 1 :], scaler)})"]
    edits = move(tree, moved, anchor, before=False, extra=extra)
    return Mend("Move the clip behind `backward()`.", edits)


def _optimizer(tree: Statements, later: list[Statement], scaler: str) -> str:
    """The optimizer that the scaler steps. Raises LookupError where no step of its own line follows."""
    for part in later:
        text = tree.index.line(part.head)
        column = len(text) - len(text.lstrip()) + 1
        place: Location = tree.source.location_of_span(part.head, column, part.head, column)
        try:
            optimizer, by = subject_of_step(tree, part, place)
        except LookupError:
            continue
        if by == scaler:
            return optimizer
    raise LookupError("no step of the scaler follows")
