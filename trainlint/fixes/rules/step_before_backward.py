"""TL004: the step goes behind the backward()."""

from __future__ import annotations

from trainlint.fixes.api import Mend, Request, fixes
from trainlint.fixes.calls import subject_of_step
from trainlint.fixes.moving import deletion, in_the_way, lifted, move
from trainlint.fixes.statements import Statements, together


@fixes("TL004")
def step_before_backward(request: Request) -> Mend | None:
    """The step, with the update of its scaler, goes behind the backward()."""
    finding = request.finding
    source = request.files.python(finding.location.path)
    if source is None or not finding.related or finding.related[0].location.path != finding.location.path:
        return None
    place = finding.related[0].location
    tree = Statements(source, finding.location, place)
    step = tree.at(finding.location)
    outer, anchor = together(step, tree.at(place))
    moved = lifted(step, outer)
    block = tree.siblings(outer)
    if outer.number > anchor.number or in_the_way(
        tree, moved, block[outer.number + 1 : anchor.number + 1], frozenset()
    ):
        return None
    _, scaler = subject_of_step(tree, step, finding.location)
    follower = block[outer.number + 1]
    if scaler is None or follower is anchor or tree.text(follower).strip() != f"{scaler}.update()":
        return Mend("Move the step behind `backward()`.", move(tree, moved, anchor, before=False))
    behind = move(tree, moved, anchor, before=False)
    update = move(tree, follower, anchor, before=False)
    joined = (
        type(behind[0])(behind[0].location, behind[0].replacement + update[0].replacement),
        behind[1],
        deletion(tree, follower),
    )
    return Mend("Move the step behind `backward()`.", joined)
