"""What stands before a loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from trainlint.facts.events import Event, EventKind, exclusive
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.program import Program
from trainlint.facts.training import Loss, Metric
from trainlint.facts.units import feeds_any, trained_on

LAYOUT = frozenset({Op.RESHAPE, Op.INDEX, Op.CAST, Op.DROPOUT, Op.CONCAT, Op.JOIN})
"""Operations between an activation and a loss that leave single values as they are."""
STRAIGHT = frozenset({Op.CAST, Op.DROPOUT})
"""Of these, those that keep the shape too."""
SQUASHED = ("probabilities", "log_probabilities")
"""What losses take that are fed with an activation's output."""


def activation_before(graph: Graph, prediction: Node, names: Collection[str]) -> Node | None:
    """The activation of one of these names whose output a loss receives; None unless all ways end in one."""
    ends = (
        [prediction]
        if prediction.op not in LAYOUT
        else list(graph.upstream(prediction, lambda n: n.op in LAYOUT))
    )
    if not ends or not all(n.op is Op.ACTIVATION and n.name in names for n in ends):
        return None
    return ends[0]


@dataclass(frozen=True)
class Output:
    """The last operations of a network before a loss.

    activation: the last one, None where the layer's own output reaches the loss. layer: the last layer. width: the
    number of its units or channels. units: the same, where nothing between has moved them to another axis.
    """

    layer: Node
    activation: Node | None
    width: int | None
    units: int | None

    @property
    def kind(self) -> str:
        """`softmax`, `sigmoid`, ..., or `linear`."""
        return self.activation.name if self.activation is not None else "linear"


def output_of(loss: Loss) -> Output | None:
    """The output layer whose values a loss receives; None where more, or something else, stands before it."""
    return output_at(predicted(loss))


def output_at(prediction: Node | None) -> Output | None:
    """As `output_of`, for a prediction."""
    node = prediction
    straight = True
    while node is not None and node.op in _PASSED and node.inputs:
        straight = straight and node.op in STRAIGHT | {Op.UPSAMPLE}
        node = _the_one(node)
    activation = node if node is not None and node.op is Op.ACTIVATION else None
    layer = node
    while layer is not None and layer.op in STRAIGHT | {Op.ACTIVATION} and layer.inputs:
        layer = layer.inputs[0]
    if layer is None or layer.op is not Op.AFFINE or prediction is None:
        return None
    width = width_of(layer)
    units = width if straight or _still_last(prediction, width) else None
    return Output(layer, activation, width, units)


_PASSED = STRAIGHT | {Op.RESHAPE, Op.INDEX, Op.UPSAMPLE, Op.CONCAT}
"""Operations between an output layer and a loss that leave the values, or fill the space between them."""


def _the_one(node: Node) -> Node | None:
    """What an operation takes; of several parts put together (the steps of a sequence), what one layer made of them all."""
    if node.op is not Op.CONCAT or len(node.inputs) == 1:
        return node.inputs[0]
    made = [_unshaped(part) for part in node.inputs]
    same = all(m.module is not None and m.module is made[0].module for m in made)
    return made[0] if same else None


def _unshaped(node: Node) -> Node:
    while node.op in STRAIGHT | {Op.RESHAPE, Op.INDEX} and node.inputs:
        node = node.inputs[0]
    return node


def predicted(loss: Loss) -> Node | None:
    """The side of a loss that carries gradients: symmetric losses are often given (target, prediction)."""
    first, second = loss.prediction, loss.target
    swapped = first is not None and second is not None and not first.attached and second.attached
    return second if swapped and loss.task == "regression" else first


def compared_with(loss: Loss) -> Node | None:
    """The other side."""
    return loss.prediction if predicted(loss) is loss.target else loss.target


def width_of(layer: Node) -> int | None:
    """The units (or channels) of a layer, where a number that code or a config writes says so.

    What is counted (the length of a dictionary that is filled later, the columns of a sample) may differ in the real run.
    """
    for name in ("out_features", "out_channels"):
        fact = layer.options.get(name)
        if fact is not None and isinstance(fact.value, int) and fact.origin:
            return fact.value
    return None


def is_channels_first(layer: Node) -> bool:
    """Whether the layer's outputs stand on the second axis: convolutions of torch."""
    module = layer.module
    keras = module is not None and module.qualname.startswith(("keras", "tensorflow"))
    return layer.name.startswith("conv") and not keras


def _still_last(prediction: Node, width: int | None) -> bool:
    """Whether an axis of the layer's width is still the last one after a change of layout."""
    return bool(prediction.shape) and prediction.shape is not None and prediction.shape[-1] == width


def trained_losses(program: Program) -> Iterator[tuple[Loss, Output]]:
    """The losses from which gradients are taken, or are to be taken, with the output layers before them."""
    trained: set[int] | None = program.cache.get("losses.trained")
    if trained is None:
        trained = program.cache["losses.trained"] = feeds_any(program.graph, trained_on(program))
    for loss in program.losses:
        if loss.output is None or not (loss.trained or id(loss.output) in trained):
            continue
        output = output_of(loss)
        if output is not None:
            yield loss, output


def is_one_of_several(program: Program, loss: Loss) -> bool:
    """Whether a condition that is not known chooses between this and another loss of the same values.

    Then it may choose by what the labels or the output layer turn out to be.
    """
    events = _loss_events(program)
    own = events.get(id(loss))
    if own is None or not own.branches:
        return False
    output = output_of(loss)
    return any(
        other.name != loss.name
        and id(other) in events
        and exclusive(own, events[id(other)])
        and (other.target is loss.target or _same_output(other, loss.prediction, output))
        for other in program.losses
    )


def is_matched(program: Program, loss: Loss, taken: Collection[str]) -> bool:
    """Whether the loss is one entry of a table, and which is not known, and another entry takes what comes: whoever names
    the entry names one that fits the network."""
    events = _loss_events(program)
    own = events.get(id(loss))
    if own is None:
        return False
    picks = {b.serial: b.arm for b in own.branches if b.kind == "alternative"}
    return bool(picks) and any(
        other.takes in taken
        and id(other) in events
        and any(picks.get(b.serial, b.arm) != b.arm for b in events[id(other)].branches)
        for other in program.losses
    )


def _loss_events(program: Program) -> dict[int, Event]:
    found: dict[int, Event] | None = program.cache.get("losses.events")
    if found is None:
        events = program.events_of(EventKind.LOSS)
        found = program.cache["losses.events"] = {id(e.target): e for e in events}
    return found


def losses_of(program: Program, metric: Metric) -> list[Loss]:
    """The losses on the values that a metric compares, or on those of the same output layer."""
    if metric.prediction is None:
        return []
    output = output_at(metric.prediction)
    return [loss for loss in program.losses if _same_output(loss, metric.prediction, output)]


def _same_output(loss: Loss, prediction: Node | None, output: Output | None) -> bool:
    if prediction is not None and predicted(loss) is prediction:
        return True
    other = output_of(loss)
    return output is not None and other is not None and other.layer is output.layer


def is_measured_as_classes(program: Program, loss: Loss) -> bool:
    """Whether a metric of classes is asked for on the same output."""
    return any(
        metric.task == "classification" and any(other is loss for other in losses_of(program, metric))
        for metric in program.metrics
    )


INDICES, COLUMNS = "indices", "columns"
LABELS: dict[str, str] = {
    "SparseCategoricalCrossentropy": INDICES, "sparse_softmax_cross_entropy_with_logits": INDICES,
    "sparse_softmax_cross_entropy": INDICES, "NLLLoss": INDICES, "NLLLoss2d": INDICES, "nll_loss": INDICES,
    "MultiMarginLoss": INDICES, "multi_margin_loss": INDICES,
    "CategoricalCrossentropy": COLUMNS, "CategoricalFocalCrossentropy": COLUMNS,
    "CategoricalGeneralizedCrossEntropy": COLUMNS, "CategoricalHinge": COLUMNS, "softmax_cross_entropy": COLUMNS,
    "softmax_cross_entropy_with_logits": COLUMNS, "softmax_cross_entropy_with_logits_v2": COLUMNS,
}  # fmt: skip
"""How losses of classes want them: as indices, or as one column a class (documentation of keras.losses, tf.nn and
torch.nn). torch's cross-entropy takes indices as integers, or one column of floats a class."""
EITHER = ("CrossEntropyLoss", "cross_entropy")


def short(loss: Loss) -> str:
    """`CrossEntropyLoss`, `mse_loss`."""
    return loss.name.rsplit(".", 1)[-1]
