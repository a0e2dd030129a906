"""TL905: pictures reach published weights in another range than those were trained with."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.graph import Graph, ModuleCall, Node
from trainlint.facts.program import Program
from trainlint.facts.ranges import PIXELS, Range
from trainlint.facts.targets import describe
from trainlint.facts.transfer import expected_range
from trainlint.model import Applicability, Finding, Level, Location, Option, Place, Rule

RULE = Rule(
    "TL905",
    "pretrained-preprocessing-missing",
    Level.WARNING,
    section="Transfer learning",
    fix=Applicability.UNSAFE,
    options={
        "factor": Option(
            3.0,
            "how many times wider or narrower than expected the range of the inputs must be",
            "0 to 1 instead of -1 to 1 is a factor of 2, which fine-tuning makes up for; the next cases begin at 4.7",
        )
    },
)


@check(RULE)
def pretrained_preprocessing_missing(program: Program, options: Options) -> Iterator[Finding]:
    """All that happens to the pictures is known, and it is not what the weights were trained with."""
    used = _used(program)
    reported: set[Location] = set()
    for call in program.calls:
        expected = expected_range(call.module)
        if expected is None or not call.inputs or not any(id(n) in used for n in call.outputs):
            continue
        found = describe(call.inputs[0])
        if found.range is None or found.source is None or not _is_picture(found.source):
            continue
        place = call.outermost.location
        if place in reported or not _differs(found.range, expected, options["factor"]):
            continue
        reported.add(place)
        read = Place(found.source.location, "the pictures")
        yield report(
            RULE, place, _message(call, found.range, expected), [Place(call.module.location, ""), read]
        )


def _used(program: Program) -> set[int]:
    """What predictions of losses on data are computed from. (Where the target comes from a network as well, features
    are compared, and any units will do.)"""
    found: set[int] = set()
    for loss in program.losses:
        if loss.prediction is None or loss.target is None or _is_learned(loss.target):
            continue
        found.update(id(n) for n in (loss.prediction, *Graph.ancestors_of(loss.prediction)))
    return found


def _is_learned(target: Node) -> bool:
    return any(n.module is not None for n in (target, *Graph.ancestors_of(target)))


def _is_picture(source: Node) -> bool:
    return (source.low, source.high) == (PIXELS.low, PIXELS.high)


def _differs(found: Range, expected: Range, factor: float) -> bool:
    """Another scale; or bytes as they are where means were subtracted."""
    ratio = (found.high - found.low) / (expected.high - expected.low)
    if ratio >= factor or ratio <= 1 / factor:
        return True
    return found == PIXELS and expected.low < 0


def _message(call: ModuleCall, found: Range, expected: Range) -> str:
    name = call.module.qualname.rsplit(".", 1)[-1]
    keras = call.module.qualname.startswith("keras")
    if expected == PIXELS:
        remedy = f"{name} scales them itself: leave them as they are"
    elif keras:
        remedy = "Apply the preprocess_input() of its module"
    else:
        remedy = "Add Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), or use weights.transforms()"
    return (
        f"The pre-trained weights of {name} expect pictures from {expected.describe()} and get {found.describe()}, on which "
        f"their features mean little. {remedy}."
    )
