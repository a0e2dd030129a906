"""TL211: the output layer's width does not fit the loss or the number of classes."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import describe_layer
from trainlint.facts.graph import Op
from trainlint.facts.labels import target_of
from trainlint.facts.losses import Output, is_channels_first, is_one_of_several, output_of, short
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX, ONE_HOT, Target
from trainlint.facts.training import Loss
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL211", "output-units-mismatch", Level.ERROR, section="Loss")


@check(RULE)
def output_units_mismatch(loss: Loss, program: Program) -> Iterator[Finding]:
    """The number of units is known, and what the loss or the labels need as well."""
    output = output_of(loss)
    if output is None or output.width is None:
        return
    target = target_of(program, loss)
    fault = _one_unit(loss, output) or _classes(loss, output, target) or _binary(loss, output, target)
    if fault is None or is_one_of_several(program, loss):
        return
    places = [Place(output.layer.location, f"{output.units} units")]
    if target.source is not None:
        places.append(Place(target.source.location, "the labels"))
    yield report(RULE, loss.location, fault, places)


def _one_unit(loss: Loss, output: Output) -> str | None:
    """A cross-entropy of classes over one unit. Softmax before it is TL205."""
    if loss.task != "multiclass" or output.width != 1 or output.kind in ("softmax", "log_softmax"):
        return None
    if loss.takes not in ("logits", "probabilities", "log_probabilities"):
        return None
    if not (_is_swapped(loss) or (output.units == 1 and _is_class_axis(loss, output))):
        return None
    return (
        f"{short(loss)} chooses among classes, and {describe_layer(output.layer)} has one unit: the loss is always 0. "
        "Use one unit for each class, or a binary cross-entropy."
    )


def _is_swapped(loss: Loss) -> bool:
    """Whether a layer's last axis was made the second, which is the axis of the classes in torch."""
    node = loss.prediction
    if node is None or node.op is not Op.RESHAPE or not node.inputs or node.inputs[0].op is not Op.AFFINE:
        return False
    if not loss.name.startswith("torch") or is_channels_first(node.inputs[0]):
        return False
    first, second, order = (node.options.get(name) for name in ("dim0", "dim1", "dims"))
    if first is not None and second is not None:
        return {first.value, second.value} in ({1, 2}, {1, -1})
    return order is not None and order.value in ((0, 2, 1), [0, 2, 1], (0, -1, 1), [0, -1, 1])


def _is_class_axis(loss: Loss, output: Output) -> bool:
    """Whether the layer's units are the axis of the classes: the last in Keras, the second in torch."""
    if not loss.name.startswith("torch") or is_channels_first(output.layer):
        return True
    shape = loss.prediction.shape if loss.prediction is not None else None
    if shape is None:  # a target that was given another axis fits scores with more axes
        return loss.target is None or loss.target.name not in ("unsqueeze", "expand_dims")
    return len(shape) == 2


def _classes(loss: Loss, output: Output, target: Target) -> str | None:
    """More classes than units, or another number of columns."""
    classes, units = target.classes, output.units
    layer = describe_layer(output.layer)
    if target.encoding == ONE_HOT and units == 1 and loss.task in ("binary", "regression"):
        return (
            f"The labels have one column for each class, and {layer} has one unit, which {short(loss)} compares with all "
            "of them. Use one unit for each class."
        )
    if classes is None or units is None or units < 2:
        return None
    if (
        target.encoding == INDEX
        and loss.task == "multiclass"
        and classes > units
        and _is_class_axis(loss, output)
    ):
        return (
            f"The labels have {classes} classes (0 to {classes - 1}), and {layer} has {units} units: the last ones have no "
            f"output. Use {classes} units."
        )
    if (
        target.encoding == ONE_HOT
        and classes != units
        and loss.task in ("multiclass", "binary", "regression")
    ):
        return (
            f"The labels have {classes} columns, and {layer} has {units} units: {short(loss)} cannot compare them. "
            f"Use {classes} units."
        )
    return None


def _binary(loss: Loss, output: Output, target: Target) -> str | None:
    """Two units for a single flag."""
    if loss.task != "binary" or loss.takes not in ("probabilities", "logits") or output.units != 2:
        return None
    if target.encoding != INDEX or target.classes not in (2, None):
        return None
    return (
        f"{short(loss)} compares two units ({describe_layer(output.layer)}) with one flag a sample. Use one unit, or "
        "a cross-entropy of two classes."
    )
