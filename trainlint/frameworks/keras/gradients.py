"""Gradients as values: what a tape computes of a loss, and what becomes of it before the optimizer takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import Node, Op
from trainlint.facts.training import Clipping, ParameterSet
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch import manual_losses
from trainlint.frameworks.torch.groups import union
from trainlint.frameworks.torch.tree import parameters_of
from trainlint.semantics.handing import Handed, is_read
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

__all__ = ["backward", "compute", "parameters", "union", "unzip"]

UNUSED = "unused"
GRADIENT = "gradient"
"""Name of the nodes that stand for gradients, as in torch's model."""
OF_INPUTS = "of inputs"
"""Option of those that are of tensors known to be no weights."""


_TAPES = "keras.tapes"


def record(run: Interpreter, change: int) -> None:
    """A tape begins (1) or ends (-1) to record."""
    run.memo[_TAPES] = run.memo.get(_TAPES, 0) + change


def is_eager(run: Interpreter) -> bool:
    """Whether nothing records gradients here: no tape is open, and torch does not compute in the program's stead."""
    if run.memo.get(_TAPES, 0):
        return False
    modules = [m for m in (*run.modules.values(), run.frame.module) if m.source is not None]
    return not any("torch" in run.project.sources.survey(m.source).packages for m in modules)


def parameters(run: Interpreter, value: Value) -> ParameterSet:
    """The parameters among variables that an optimizer or a tape is given."""
    return parameters_of(run, value)


def leaves(value: Value | None, depth: int = 0) -> list[Value]:
    """The tensors (and whatever else) in nested sequences."""
    if isinstance(value, TupleValue | ListValue) and depth < 4:
        return [leaf for element in value.elements for leaf in leaves(element, depth + 1)]
    if isinstance(value, UnionValue) and depth < 4:
        return [leaf for element in value.alternatives for leaf in leaves(element, depth + 1)]
    if isinstance(value, DictValue) and depth < 4:
        return [leaf for _, element in value.cells.values() for leaf in leaves(element, depth + 1)]
    return [] if value is None else [value]


def backward(run: Interpreter, loss: Value | None, **options: Any) -> Event:
    """A backward pass from a loss."""
    node = loss_node(run, loss)
    if node is not None:
        manual_losses.record(run, node)
    return run.event(EventKind.BACKWARD, node, **options)


def loss_node(run: Interpreter, loss: Value | None) -> Node | None:
    """The node of a loss, several of which count as their sum."""
    found = [v.node for v in leaves(loss) if isinstance(v, Tensor)]
    if len(found) > 1:
        return run.node(Op.ADD, "sum of losses", tuple(found))
    return found[0] if found else None


def compute(run: Interpreter, loss: Value | None, sources: Value | None) -> Value:
    """`tape.gradient(loss, sources)`: an event, and one gradient for each source, in their structure."""
    wanted = [v for v in leaves(sources) if isinstance(v, Tensor)]
    for_weights = not wanted or any(v.parameter is not None for v in wanted)
    if for_weights:
        inputs = parameters(run, sources) if sources is not None else None
        event = backward(run, loss, by="tape", inputs=inputs)
    else:
        event = run.event(EventKind.BACKWARD, loss_node(run, loss), by="autograd.grad")
    found = _shaped(run, loss_node(run, loss), sources, not for_weights)
    if isinstance(found, ListValue):
        return GradientList(event, found)
    return NewGradients(event) if isinstance(found, Gradients) else found


def _shaped(
    run: Interpreter, loss: Node | None, sources: Value | None, of_inputs: bool, depth: int = 0
) -> Value:
    if isinstance(sources, TupleValue | ListValue) and depth < 4:
        return ListValue(
            [_shaped(run, loss, s, of_inputs, depth + 1) for s in sources.elements], open=sources.open
        )
    if isinstance(sources, DictValue) and depth < 4:
        entries = {
            k: (key, _shaped(run, loss, v, of_inputs, depth + 1)) for k, (key, v) in sources.cells.items()
        }
        return DictValue(entries, open=sources.open)
    if isinstance(sources, Tensor):
        inputs = (sources.node,) if loss is None else (loss, sources.node)
        options = {OF_INPUTS: run.fact(Const(True))} if of_inputs else None
        return Tensor(run.node(Op.UNKNOWN, GRADIENT, inputs, options, sources.shape), KERAS)
    return Gradients() if sources is not None else Unknown("gradients")


class Gradients(Unknown):
    """Gradients of variables that are not known: that they are gradients is."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("gradients")

    def iterate(self, run: Interpreter) -> Items:
        return Items([Gradients()], exact=False, over="modules")

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return self


class _Computed(Handed):
    """Gradients fresh from a tape, which nothing but the code that holds them can use."""

    __slots__ = ()
    event: Event

    def dropped(self, run: Interpreter) -> None:
        run.write(self.event.options, UNUSED, True)

    def bound(self, run: Interpreter, name: str) -> None:
        run.write(self.event.options, UNUSED, not name.startswith("_") and not is_read(run, name))


class GradientList(_Computed, ListValue):
    """One gradient for each source."""

    __slots__ = ("event",)

    def __init__(self, event: Event, found: ListValue) -> None:
        super().__init__(found.elements, open=found.open)
        self.event = event


class NewGradients(_Computed, Gradients):
    """Those of variables that are not known."""

    __slots__ = ("event",)

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


def is_gradient(value: Value) -> bool:
    """Whether it is a gradient, perhaps clipped or scaled."""
    if isinstance(value, Gradients):
        return True
    if isinstance(value, UnionValue):
        return any(is_gradient(v) for v in value.alternatives)
    if not isinstance(value, Tensor):
        return False
    stack, seen = [value.node], 0
    while stack and seen < 16:
        node = stack.pop()
        seen += 1
        if node.name == GRADIENT:
            return True
        stack.extend(node.inputs)
    return False


def are_computed(run: Interpreter, value: Value) -> bool:
    """Whether gradients come from a tape that was seen."""
    found = leaves(value)
    if not found and hasattr(value, "iterate"):
        found = value.iterate(run).values
    return any(is_gradient(v) for v in found)


def unzip(run: Interpreter, pairs: Value) -> tuple[Value, Value | None]:
    """Gradients and variables of `zip(gradients, variables)`."""
    items = pairs.iterate(run)
    rows = [v for v in items.values if isinstance(v, TupleValue | ListValue) and len(v.elements) == 2]
    if not rows and items.fresh is not None:
        row = items.fresh()
        rows = [row] if isinstance(row, TupleValue | ListValue) and len(row.elements) == 2 else []
    if not rows:
        return Unknown("gradients"), None
    open_ = not items.exact
    grads = ListValue([row.elements[0] for row in rows], open=open_)
    variables = ListValue([row.elements[1] for row in rows], open=open_)
    return grads, variables


def evaluate_loss(run: Interpreter, loss: Value) -> Value:
    """A loss that may be given as a function without arguments; it runs with gradients recorded."""
    kinds = loss.types()
    if kinds is None or kinds[0] not in ("function", "method", "builtin_function_or_method"):
        return loss
    before = run.grad_enabled
    run.set_grad(True)
    record(run, 1)
    try:
        return run.call(loss, Args())
    finally:
        run.set_grad(before)
        record(run, -1)


def clip(run: Interpreter, kind: str, value: Value, bound: Value | None, label: str) -> None:
    """Record the clipping of gradients; clipping of other tensors is no concern of training."""
    found = leaves(value)
    if not any(is_gradient(v) for v in found) or _of_inputs(found):
        return
    limit = run.number(bound, label) if bound is not None else run.fact(None)
    made = Clipping(kind, run.here, limit, subject(run, found))
    last = run.program.events[-1] if run.program.events else None
    again = last is not None and last.kind is EventKind.CLIP and last.location == made.location
    if again and last is not None and last.loops == run.passes:
        last.target.subject = union([last.target.subject, made.subject], made.subject.complete)
        return  # one gradient after another, in a loop over them
    run.program.clippings.append(made)
    run.event(EventKind.CLIP, made)


def _of_inputs(found: list[Value]) -> bool:
    """Whether all are of tensors that are no weights: images that an attack moves along their gradients, and clips."""
    if not all(isinstance(v, Tensor) or not is_gradient(v) for v in found):
        return False
    nodes = [node for v in found for node in _gradient_nodes(v)]
    return bool(nodes) and all(OF_INPUTS in node.options for node in nodes)


def subject(run: Interpreter, found: list[Value]) -> ParameterSet:
    """The parameters whose gradients these are."""
    parts: list[Value] = []
    complete = True
    for value in found:
        nodes = _gradient_nodes(value)
        complete = complete and bool(nodes)
        for node in nodes:
            fact = node.inputs[-1].options.get("parameter")
            if fact is not None:
                parts.append(Tensor(node.inputs[-1], KERAS, fact.value))
            else:
                complete = False
    held = parameters_of(run, ListValue(parts))
    return ParameterSet(held.parameters, held.modules, held.complete and complete)


def _gradient_nodes(value: Value) -> list[Node]:
    if not isinstance(value, Tensor):
        return []
    found, stack, seen = [], [value.node], 0
    while stack and seen < 16:
        node = stack.pop()
        seen += 1
        if node.name == GRADIENT:
            found.append(node)
        else:
            stack.extend(node.inputs)
    return found


# -- TensorFlow 1: what minimize() returns is run later, by a session


class Operation(LibraryClass):
    """A node of a graph that changes weights when a session runs it."""


OPERATION = Operation("tensorflow.Operation")


def operation(run: Interpreter, optimizer: Instance, given: dict[str, Value]) -> Value:
    """`optimizer.minimize(loss)` of TensorFlow 1."""
    made = Instance(OPERATION, run.here)
    made.data = (optimizer, given.get("loss"), given.get("var_list"))
    if given.get("var_list") is not None:
        from trainlint.frameworks.keras.optimizers import hold

        hold(optimizer.data, parameters(run, given["var_list"]))
    return made


def pairs(run: Interpreter, loss: Value, variables: Value | None) -> Value:
    """`optimizer.compute_gradients(loss, variables)`: pairs of gradient and variable."""
    grads = compute(run, loss, variables)
    if isinstance(grads, ListValue) and isinstance(variables, ListValue | TupleValue):
        rows = [TupleValue([g, v]) for g, v in zip(grads.elements, variables.elements, strict=False)]
        return ListValue(rows, open=variables.open)
    return ListValue([TupleValue([Gradients(), Unknown("a variable")])], open=True)
