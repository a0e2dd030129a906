"""keras.losses: loss objects and functions, what `compile(loss=...)` takes for one, and what applying it records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Node, Op
from trainlint.facts.training import Loss
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.loss_tables import (
    BACKEND_FUNCTIONS,
    BY_NAME,
    KINDS,
    OTHER_FUNCTIONS,
    PREFIX,
    LossKind,
)
from trainlint.frameworks.keras.loss_takes import takes
from trainlint.frameworks.keras.names import canonical
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch import manual_losses
from trainlint.model import Location
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LOSS = PREFIX + "Loss"


@dataclass(frozen=True)
class Described:
    """A loss that is understood: which one, with which options, and where it was asked for."""

    name: str
    takes: str | None
    task: str
    location: Location
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    constructor: Location | None = None
    origin: Origin = ()


def describe(kind: LossKind, options: dict[str, Fact[Any]], location: Location, **more: Any) -> Described:
    """A loss of the table with these options; `from_logits` decides what it takes."""
    what = kind.takes
    logits = options.get("from_logits")
    if logits is not None:
        what = None if not logits.known else ("logits" if logits.value else kind.takes)
    return Described(kind.qualname, what, kind.task, location, options, **more)


def apply(run: Interpreter, loss: Described, target: Value, prediction: Value, scalar: bool = True) -> Tensor:
    """One application: node, fact and event."""
    inputs = (run.as_node(prediction), run.as_node(target))
    attached = run.grad_enabled is not False and (not isinstance(prediction, Tensor) or inputs[0].attached)
    node = run.node(
        Op.LOSS,
        loss.name.rsplit(".", 1)[-1],
        inputs,
        loss.options,
        () if scalar else None,
        location=loss.location,
        attached=attached,
        origin=loss.origin,
    )
    fact = Loss(
        loss.name,
        loss.location,
        loss.takes,
        loss.task,
        *inputs,
        node,
        loss.constructor,
        loss.options,
        loss.origin,
    )
    run.program.losses.append(fact)
    run.event(EventKind.LOSS, fact, location=loss.location)
    return Tensor(node, KERAS)


SEARCHED = 64
"""Nodes above two operands in which a network is looked for."""


def called(run: Interpreter, loss: Described, target: Value, prediction: Value, scalar: bool) -> Tensor:
    """A loss that the program calls itself: of predictions that no gradient flows through it is but a measure.

    Of a function that is run alone nobody knows whether its callers record gradients.
    """
    tensors = [v for v in (target, prediction) if isinstance(v, Tensor)]
    measured = any(_predicted(v.node) for v in tensors) and not any(v.node.attached for v in tensors)
    if measured and run.root == 1:
        nodes = tuple(v.node for v in tensors)
        return Tensor(run.node(Op.CALL, loss.name.rsplit(".", 1)[-1], nodes, attached=False), KERAS)
    return apply(run, loss, target, prediction, scalar)


def _predicted(node: Node) -> bool:
    """Whether a network computed it."""
    stack, seen = [node], 0
    while stack and seen < SEARCHED:
        other = stack.pop()
        seen += 1
        if other.module is not None or other.op is Op.DETACH:
            return True
        stack.extend(other.inputs)
    return False


class LossClass(LibraryClass):
    """A class of keras.losses. kind: which loss; None for the base class, whose local subclasses define `call`."""

    __slots__ = ("kind",)

    def __init__(self, qualname: str, kind: LossKind | None, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.kind = kind

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if self.kind is None:
            return
        table = signature(self.kind.signature)
        options = table.facts(
            run, table.bind(args), ("label_smoothing", "delta", "gamma"), skip=("name", "dtype")
        )
        instance.data = describe(
            self.kind, options, instance.location, constructor=instance.location, origin=instance.origin
        )

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        given = args.bind("y_true", "y_pred", "sample_weight")
        target, prediction = (given.get(n, Unknown(f"{n} of a loss")) for n in ("y_true", "y_pred"))
        method = run.class_attribute(instance.cls, "call")
        if method is not None:
            return run.call(run.bind(method, instance), Args([target, prediction]))
        if not isinstance(instance.data, Described):
            return None
        here = replace(instance.data, location=run.here)
        return called(run, here, target, prediction, _is_scalar(here))

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        """`super().call(y_true, y_pred)` in a local subclass of a loss of the library."""
        if not isinstance(instance.data, Described):
            return None
        given = args.bind("y_true", "y_pred")
        target, prediction = (given.get(n, Unknown(f"{n} of a loss")) for n in ("y_true", "y_pred"))
        return apply(run, replace(instance.data, location=run.here), target, prediction, False)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "call":
            return Native(f"{self.qualname}.call", lambda r, args: self.invoke_base(r, instance, args, name))  # type: ignore[arg-type,return-value]
        if isinstance(instance.data, Described) and name in instance.data.options:
            fact = instance.data.options[name]
            return Const(fact.value, fact.origin) if fact.known else Unknown(fact.why)
        return Unknown(f"{self.qualname}.{name}") if name in ("name", "reduction", "dtype") else None


def _is_scalar(loss: Described) -> bool:
    reduction = loss.options.get("reduction")
    value = reduction.value if reduction is not None else None
    return isinstance(value, str) and value.lower() != "none"


BASE = LossClass(LOSS, None)
CLASSES: dict[str, LossClass] = {}
FUNCTIONS: dict[str, LossKind] = {}
"""Kinds by the qualified name of their function."""


def _function(qualname: str, kind: LossKind, parameters: str, target: str, prediction: str) -> None:
    FUNCTIONS[qualname] = kind

    @LIBRARY.function(qualname)
    def call(run: Interpreter, args: Args) -> Value:
        table = signature(parameters)
        bound = table.bind(args)
        options = table.facts(run, bound, ("label_smoothing", "delta"), skip=(target, prediction))
        loss = describe(kind, options, run.here)
        y_true, y_pred = (bound.get(n, Unknown(f"{n} of a loss")) for n in (target, prediction))
        return called(run, loss, y_true, y_pred, scalar=False)


for _kind in KINDS:
    CLASSES[_kind.name] = LossClass(_kind.qualname, _kind, BASE)
    LIBRARY.add(CLASSES[_kind.name])
    for _name in _kind.names:
        for _place in ("keras.losses", "keras.objectives"):
            _function(f"{_place}.{_name}", _kind, _kind.function_signature, "y_true", "y_pred")
LIBRARY.add(BASE)
for _name in BACKEND_FUNCTIONS:
    for _place in ("keras.backend", "keras.ops"):
        _kind = BY_NAME[_name]
        _function(
            f"{_place}.{_name}", _kind, "target, output, from_logits=False, axis=-1", "target", "output"
        )
for _name, _parameters, _takes, _task, _target, _prediction in OTHER_FUNCTIONS:
    _place, _, _last = _name.rpartition(".")
    _made = LossKind(_last, _takes, _task, (), place=f"{_place}.")
    _function(canonical(_name), _made, _parameters, _target, _prediction)


# -- what `compile(loss=...)` is given


def resolve(run: Interpreter, value: Value, location: Location) -> Described | None:
    """The loss that a text, class, function or object stands for; None for code of the project's own and unknowns."""
    if isinstance(value, Const) and isinstance(value.value, str):
        kind = BY_NAME.get(value.value)
        return describe(kind, _defaults(kind), location, origin=value.origin) if kind is not None else None
    if isinstance(value, LossClass) and value.kind is not None:
        return describe(value.kind, _defaults(value.kind), location, origin=value.origin)
    if isinstance(value, Native) and value.name in FUNCTIONS:
        kind = FUNCTIONS[value.name]
        return describe(kind, _defaults(kind), location, origin=value.origin)
    if isinstance(value, Instance) and isinstance(value.data, Described):
        rewritten = run.class_attribute(value.cls, "call") is not None
        return None if rewritten else replace(value.data, location=location)
    return None


@LIBRARY.function("keras.losses.get", "keras.losses.deserialize", "keras.metrics.get")
def get(run: Interpreter, args: Args) -> Value:
    """`keras.losses.get("mse")`: the loss of this name as an object; objects and functions stay.

    `keras.metrics.get()` finds the functions of the losses too (Keras 2).
    """
    value = args.positional[0] if args.positional else args.keywords.get("identifier", Unknown("a loss"))
    if isinstance(value, Const) and value.value in BY_NAME:
        return run.call(CLASSES[BY_NAME[value.value].name].with_origin(value.origin), Args())
    return Unknown("a loss") if isinstance(value, Const) else value


def _defaults(kind: LossKind) -> dict[str, Fact[Any]]:
    return {
        name: known(value)
        for name, value in signature(kind.signature).defaults.items()
        if name not in ("name", "dtype")
    }


def apply_own(
    run: Interpreter, function: Value, target: Value, prediction: Value, location: Location
) -> Tensor:
    """A loss that is code of the project's own (or not known): it is followed.

    What it computes with losses of the library, or as a mean of squares by hand, is on record then; else it is a loss
    of which only the name is known.
    """
    if isinstance(function, Unknown):
        run.gap("loss", function.why)
        inputs = (run.as_node(prediction), run.as_node(target))
        return Tensor(run.node(Op.LOSS, "unknown", inputs, shape=(), location=location), KERAS)
    before = len(run.program.losses)
    result = run.call(function, Args([target, prediction]))
    if result is prediction and isinstance(prediction, Tensor):
        return prediction  # `lambda y_true, y_pred: y_pred`: the network computes its loss itself
    node = run.as_node(result)
    if node.op is not Op.REDUCE or node.name not in ("mean", "sum"):
        node = run.node(Op.REDUCE, "mean", (node,), shape=(), location=location)
    manual_losses.record(run, node)
    if len(run.program.losses) == before:
        named = function.cls if isinstance(function, Instance) else function
        described = Described(named.describe(), takes(node, run.as_node(prediction)), "other", location)
        made = apply(run, described, target, prediction)
        for loss in run.program.losses[before:]:
            loss.own = True
        made.node.inputs = (*made.node.inputs, node)
        return made
    return Tensor(node, KERAS)
