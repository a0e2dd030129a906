"""What the methods of an optimizer mean: applying gradients, minimising a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer
from trainlint.frameworks.keras import gradients
from trainlint.frameworks.keras.optimizers import hold, own_option, update
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]


def _apply_gradients(run: Interpreter, instance: Instance, args: Args) -> Value:
    pairs = args.bind("grads_and_vars").get("grads_and_vars", Unknown("gradients"))
    grads, variables = gradients.unzip(run, pairs)
    return _apply(run, instance, grads, variables)


def _apply_two(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`optimizer.apply(grads, trainable_variables)` of Keras 3."""
    given = args.bind("grads", "trainable_variables")
    return _apply(run, instance, given.get("grads", Unknown("gradients")), given.get("trainable_variables"))


def _apply(run: Interpreter, instance: Instance, grads: Value, variables: Value | None) -> Value:
    optimizer: Optimizer = instance.data
    if variables is not None:
        hold(optimizer, gradients.parameters(run, variables))
    if not gradients.are_computed(run, grads) and not _backward_before(run):
        run.event(EventKind.BACKWARD, None, by="unknown")
    update(run, optimizer)
    run.event(EventKind.ZERO_GRAD, optimizer, by="apply")  # a tape computes gradients anew for every update
    return Const(None)


def _backward_before(run: Interpreter) -> bool:
    """Whether a backward pass was seen in this pass of the loop (torch computes for Keras 3)."""
    for event in reversed(run.program.events):
        if event.loops != run.passes or event.kind is EventKind.STEP:
            return False
        if event.kind is EventKind.BACKWARD:
            return True
    return False


def _minimize(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`minimize(loss, var_list, tape=...)`; in TensorFlow 1 the first is a tensor, and the result an operation."""
    given = args.bind("loss", "var_list", "grad_loss", "name", "tape")
    if given.get("tape") is None and not callable_value(given.get("loss")):
        given = args.bind("loss", "global_step", "var_list")
        return gradients.operation(run, instance, given)
    loss = gradients.evaluate_loss(run, given.get("loss", Unknown("a loss")))
    variables = given.get("var_list")
    if callable_value(variables):
        assert variables is not None
        variables = run.call(variables, Args())
    if variables is not None:
        hold(instance.data, gradients.parameters(run, variables))
    gradients.backward(run, loss)
    update(run, instance.data)
    run.event(EventKind.ZERO_GRAD, instance.data, by="apply")
    return Const(None)


def _get_updates(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`get_updates(loss, params)`, with the loss last in Keras 1: operations for `K.function(..., updates=...)`."""
    names = ("loss", "params") if len(args.positional) < 3 else ("params", "constraints", "loss")
    given = args.bind(*names)
    operation = {"loss": given.get("loss", args.keywords.get("loss", Unknown("a loss")))}
    if "params" in given:
        operation["var_list"] = given["params"]
    return ListValue([gradients.operation(run, instance, operation)], open=True)


def callable_value(value: Value | None) -> bool:
    """Whether it is a function (a loss to be called, say)."""
    kinds = value.types() if value is not None else None
    return kinds is not None and kinds[0] in ("function", "method", "builtin_function_or_method")


def _compute_gradients(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("loss", "var_list")
    loss = gradients.evaluate_loss(run, given.get("loss", Unknown("a loss")))
    return gradients.pairs(run, loss, given.get("var_list"))


def _build(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`optimizer.build(variables)`: it holds these from now on."""
    variables = args.bind("variables").get("variables", args.keywords.get("var_list"))
    if variables is not None:
        hold(instance.data, gradients.parameters(run, variables))
    return Const(None)


def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return Const(None)


def _scaled(run: Interpreter, instance: Instance, args: Args) -> Value:
    """get_scaled_loss(loss), get_unscaled_gradients(grads): the same loss and gradients."""
    return args.positional[0] if args.positional else Unknown("a scaled loss")


def _set_hyper(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self._set_hyper("learning_rate", rate)` in a class of the program, in TensorFlow 2.0 to 2.10."""
    given = args.bind("name", "value")
    name = given.get("name")
    if isinstance(name, Const) and isinstance(name.value, str) and "value" in given:
        own_option(run, instance.data, name.value, given["value"])
    return Const(None)


METHODS: dict[str, Method] = {
    "_set_hyper": _set_hyper,
    "apply_gradients": _apply_gradients,
    "apply": _apply_two,
    "minimize": _minimize,
    "get_updates": _get_updates,
    "compute_gradients": _compute_gradients,
    "build": _build,
    "finalize_variable_values": _nothing,
    "set_weights": _nothing,
    "get_scaled_loss": _scaled,
    "scale_loss": _scaled,
    "get_unscaled_gradients": _scaled,
    "get_config": lambda run, instance, args: Unknown("the configuration of an optimizer"),
    "get_weights": lambda run, instance, args: Unknown("the weights of an optimizer"),
}
