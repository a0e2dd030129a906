"""One update of a Keras network, as fit() and train_on_batch() make it, or as its own train_step() does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.keras import gradients, optimizers
from trainlint.frameworks.keras.methods import MODEL_PROPERTIES, layer_method, model_method
from trainlint.frameworks.keras.models import call_model
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.keras.training_compile import Compiled, apply_losses, compiled, used
from trainlint.frameworks.keras.training_data import split
from trainlint.frameworks.torch.tree import parameters_of
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ADDED = "added_losses"
"""Key of `Module.state`: what add_loss() was given."""


def train(run: Interpreter, model: Instance, x: Value, y: Value | None) -> Value:
    """One update on one batch."""
    own = run.class_attribute(model.cls, "train_step")
    if own is not None:
        data = x if y is None else TupleValue([x, y])
        return run.call(run.bind(own, model), Args([data]))
    return default_step(run, model, x, y)


def default_step(run: Interpreter, model: Instance, x: Value, y: Value | None) -> Value:
    """keras.Model.train_step: forward in training mode, losses, gradients, update."""
    settings = used(run, model)
    before = run.grad_enabled
    run.set_grad(True)
    prediction = call_model(run, model, x, True)
    terms: list[Value] = []
    if settings is not None:
        total_loss(run, model, settings, x, y, prediction, terms)
    run.set_grad(before)
    optimizer = settings.fact if settings is not None else None
    if optimizer is not None:
        optimizers.hold(optimizer, parameters_of(run, model))
    run.event(EventKind.ZERO_GRAD, optimizer, by="fit" if optimizer is not None else "unknown")
    if settings is None or not _applied_by_own(run, model, settings.optimizer, terms):
        gradients.backward(run, ListValue(terms))
        optimizers.update(run, optimizer)
    return DictValue({}, open=True)


def _applied_by_own(
    run: Interpreter, model: Instance, optimizer: Instance | None, terms: list[Value]
) -> bool:
    """An update by an optimizer of the program that writes its own apply_gradients() (clips them, say); False if it has
    none, or what it did was not seen."""
    own = run.class_attribute(optimizer.cls, "apply_gradients") if optimizer is not None else None
    if optimizer is None or not isinstance(own, FunctionValue):
        return False
    variables = run.get_attr(model, "trainable_variables")
    found = gradients.compute(run, ListValue(terms), variables)
    pairs: Value = ListValue([TupleValue([gradients.Gradients(), Unknown("a variable")])], open=True)
    if isinstance(found, ListValue) and isinstance(variables, ListValue | TupleValue):
        both = zip(found.elements, variables.elements, strict=False)
        pairs = ListValue([TupleValue([g, v]) for g, v in both], open=found.open)
    first = len(run.program.events)
    run.call(run.bind(own, optimizer), Args([pairs]))
    if not any(event.kind is EventKind.STEP for event in run.program.events[first:]):
        optimizers.update(run, optimizer.data)
    return True


def total_loss(
    run: Interpreter,
    model: Instance,
    settings: Compiled,
    x: Value,
    y: Value | None,
    prediction: Value,
    terms: list[Value],
) -> None:
    """The terms that are minimised: compute_loss() where the network writes its own, the losses of compile(), add_loss()."""
    own = run.class_attribute(model.cls, "compute_loss")
    if own is not None:
        node = getattr(own, "node", None)
        takes = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)} if node is not None else set()
        given = {"x": x, "y": y or Const(None), "y_pred": prediction, "sample_weight": Const(None)}
        if node is not None and node.args.kwarg is None:
            given = {name: value for name, value in given.items() if name in takes}
        terms.append(run.call(run.bind(own, model), Args([], given)))
    elif settings.loss is not None:
        apply_losses(run, settings, y, prediction, terms.append)
    terms.extend(added(model))


def added(model: Instance) -> list[Value]:
    """What add_loss() was given in a network's layers."""
    found: list[Value] = []
    for module in _modules(model):
        found.extend(module.data.state.get(ADDED, ()))
    return found


def _modules(model: Instance) -> list[Instance]:
    from trainlint.frameworks.torch.tree import walk

    return [below for _, below in walk(model)]


def evaluate(run: Interpreter, model: Instance, x: Value) -> Value:
    """One forward pass without gradients, in evaluation mode."""
    before = run.grad_enabled
    run.set_grad(False)
    result = call_model(run, model, x, False)
    run.set_grad(before)
    return result


# -- what train_step() of the program's own calls


@model_method("train_step")
def _train_step(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`super().train_step(data)`"""
    x, y = split(args.bind("data").get("data", Unknown("a batch")))
    return default_step(run, instance, x, y)


@model_method("test_step", "predict_step")
def _test_step(run: Interpreter, instance: Instance, args: Args) -> Value:
    x, _ = split(args.bind("data").get("data", Unknown("a batch")))
    evaluate(run, instance, x)
    return DictValue({}, open=True)


def _loss_of(run: Interpreter, instance: Instance, target: Value | None, prediction: Value) -> Value:
    """The losses of compile() on these, as one value."""
    settings = compiled(instance)
    terms: list[Value] = []
    if settings is not None and settings.loss is not None:
        apply_losses(run, settings, target, prediction, terms.append)
    terms.extend(added(instance))
    node = gradients.loss_node(run, ListValue(terms))
    if node is None:
        node = run.node(Op.UNKNOWN, "loss", (run.as_node(prediction),))
    return Tensor(node, KERAS)


@model_method("compute_loss", "_compute_loss")
def _compute_loss(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=None)`"""
    given = args.bind("x", "y", "y_pred", "sample_weight")
    return _loss_of(run, instance, given.get("y"), given.get("y_pred", Unknown("a prediction")))


@model_method("compiled_loss")
def _compiled_loss(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.compiled_loss(y, y_pred, regularization_losses=self.losses)`"""
    given = args.bind("y_true", "y_pred", "sample_weight", "regularization_losses")
    return _loss_of(run, instance, given.get("y_true"), given.get("y_pred", Unknown("a prediction")))


@model_method("compute_metrics", "add_metric", "reset_metrics", "reset_states")
def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return DictValue({}, open=True)


@layer_method("add_loss")
def add_loss(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`layer.add_loss(tensor)`: one more term; a function without arguments gives a penalty on weights."""
    loss = args.bind("losses").get("losses", args.keywords.get("loss", Unknown("a loss")))
    if isinstance(loss, FunctionValue | Native):
        return Const(None)
    terms = tuple(v for v in gradients.leaves(loss) if isinstance(v, Tensor))
    run.write(instance.data.state, ADDED, terms)
    return Const(None)


class MetricsAttribute(Unknown):
    """`self.compiled_metrics`: an object whose methods only look."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        return Const(None)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return MetricsAttribute(f"{self.why}.{name}")


MODEL_PROPERTIES["compiled_metrics"] = lambda run, instance: MetricsAttribute("the metrics of compile()")
MODEL_PROPERTIES["losses"] = lambda run, instance: ListValue(added(instance), open=True)
