"""TL001: clear the gradients before the backward() of each update."""

from __future__ import annotations

import re

import libcst as cst

from trainlint.fixes.api import Mend, Request, fixes
from trainlint.fixes.calls import subject_of_step
from trainlint.fixes.moving import insertion, names
from trainlint.fixes.statements import Statement, Statements, together
from trainlint.model import Finding

_STEPS = re.compile(r"\.step\(")


@fixes("TL001")
def missing_zero_grad(request: Request) -> Mend | None:
    """`optimizer.zero_grad()` before the first backward() whose gradients the step uses; behind the step where that stands
    under a condition of its own, for then several batches belong to one update."""
    finding = request.finding
    source = request.files.python(finding.location.path)
    step_place = finding.related[0].location if finding.related else None
    if step_place is not None and finding.related[0].label != "step()":
        return None  # weights that code changes by hand
    if source is None or step_place is None or step_place.path != finding.location.path:
        return None
    group = [other for other in request.peers if other.related[:1] == finding.related[:1]]
    tree = Statements(source, step_place, *(other.location for other in group))
    step = tree.at(step_place)
    optimizer, _ = subject_of_step(tree, step, step_place)
    line = f"{optimizer}.zero_grad()"
    if not isinstance(step.node, cst.SimpleStatementLine) or len(step.node.body) > 1:
        return None
    accumulates = _accumulates(tree, step)
    first = _first_backward(tree, step, group) if not accumulates else None
    anchor, before = (first, True) if first is not None else (step, False)
    if first is None and not accumulates and not _inside(tree, step, finding):
        return None
    if first is not None:
        between = [s for s in tree.siblings(first) if first.number <= s.number < step.number]
        root = re.split(r"[.\[]", optimizer, maxsplit=1)[0]
        if any(root in names(tree.text(s))[1] for s in between):
            return None
    return Mend(f"Insert `{line}`.", (insertion(tree, anchor, [line], before=before),))


def _accumulates(tree: Statements, step: Statement) -> bool:
    """Whether the step stands in `with accelerator.accumulate(model)`, where `zero_grad()` acts only in the pass that
    steps: before the backward() there, it would clear what the passes before have added up."""
    withs = [part.node for part in step.lineage() if isinstance(part.node, cst.With)]
    return any(".accumulate(" in tree.code(item.item) for node in withs for item in node.items)


def _first_backward(tree: Statements, step: Statement, group: list[Finding]) -> Statement | None:
    """The statement of the step's own block that holds the first backward() since another step."""
    block = tree.siblings(step)
    holders: set[int] = set()
    for other in group:
        try:
            backward, same = together(tree.at(other.location), step)
        except LookupError:
            continue
        if same.number == step.number and same.block is step.block and not isinstance(backward.node, cst.If):
            holders.add(backward.number)
    found: Statement | None = None
    for statement in reversed(block[: step.number]):
        if _STEPS.search(tree.text(statement)):
            break
        if statement.number in holders:
            found = statement
    return found


def _inside(tree: Statements, step: Statement, finding: Finding) -> bool:
    """Whether the step stands deeper than the backward(), in the same function: once for several batches, or for each of
    several optimizers."""
    try:
        backward, holder = together(tree.at(finding.location), step)
    except LookupError:
        return False
    return holder.block is not step.block and holder.number > backward.number
