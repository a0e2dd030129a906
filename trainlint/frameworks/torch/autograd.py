"""Autograd: backward passes, and the modes in which nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Node, Op
from trainlint.facts.training import ParameterSet
from trainlint.frameworks.torch import manual_losses
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.definitions import BoundMethod, FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


# -- backward passes


def backward(
    run: Interpreter, tensor: Value, args: Args, by: str | None = None, only: ParameterSet | None = None
) -> Value:
    """`loss.backward(gradient, retain_graph, create_graph, inputs)`; by: the object that is asked to do it. only: the
    parameters that get gradients."""
    given = args.bind("gradient", "retain_graph", "create_graph", "inputs")
    options: dict[str, Any] = {k: run.fact(given[k]) for k in ("retain_graph", "create_graph") if k in given}
    if by is not None:
        options["by"] = by
    if only is not None:
        options["inputs"] = only
    target = tensor.node if isinstance(tensor, Tensor) else None
    if target is not None:
        manual_losses.record(run, target)
    run.event(EventKind.BACKWARD, target, **options)
    return Const(None)


@LIBRARY.function("torch.autograd.backward")
def autograd_backward(run: Interpreter, args: Args) -> Value:
    """`torch.autograd.backward(tensors)`: a backward pass for each tensor."""
    given = args.bind("tensors", "grad_tensors", "retain_graph", "create_graph")
    tensors: list[Value] = [*tensors_of(given.get("tensors"))]
    for tensor in tensors or [Unknown("the tensors are not known")]:
        backward(run, tensor, Args(keywords={k: v for k, v in given.items() if k.endswith("graph")}))
    return Const(None)


@LIBRARY.function("torch.autograd.grad")
def grad(run: Interpreter, args: Args) -> Value:
    """Gradients as a tuple of tensors; they are part of the graph only with create_graph=True."""
    given = args.bind("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph")
    outputs = tensors_of(given.get("outputs"))
    create = given.get("create_graph", Const(False)).truth(run)
    target = outputs[0].node if outputs else None
    run.event(EventKind.BACKWARD, target, by="autograd.grad", inside=run.module_call is not None)
    inputs = given.get("inputs", Unknown("inputs"))
    wanted = tensors_of(inputs)
    attached = create is not False and run.grad_enabled is not False
    results = [
        Tensor(
            run.node(
                Op.UNKNOWN,
                "gradient",
                (*(o.node for o in outputs), tensor.node),
                shape=tensor.shape,
                attached=attached,
            ),
            TORCH,
        )
        for tensor in wanted
    ]
    known = bool(results) and not getattr(inputs, "open", False)
    return TupleValue(results, open=not known)


def tensors_of(value: Value | None) -> list[Tensor]:
    """The tensors of an argument that takes one tensor or a sequence of them."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, TupleValue | ListValue):
        return [e for e in value.elements if isinstance(e, Tensor)]
    return []


def register_hook(run: Interpreter, tensor: Value, args: Args) -> Value:
    """`tensor.register_hook(f)`: f may change the gradient."""
    parameter = tensor.parameter if isinstance(tensor, Tensor) else None
    node = tensor.node if isinstance(tensor, Tensor) else None
    run.event(EventKind.GRAD_CHANGE, parameter or node, how="hook")
    return Unknown("a hook's handle")


# -- grad modes


class GradMode(LibraryClass):
    """no_grad, inference_mode, enable_grad: as `with` blocks, as decorators, called or bare.

    enabled: what the block sets; with `switch`, its argument decides (`inference_mode(mode)`).
    """

    __slots__ = ("enabled", "switch")

    def __init__(self, qualname: str, enabled: bool, switch: str = "") -> None:
        super().__init__(qualname)
        self.enabled, self.switch = enabled, switch

    def call(self, run: Interpreter, args: Args) -> Value:
        if args.positional and _is_function(args.positional[0]):
            return decorated(args.positional[0], super().call(run, Args()))
        return super().call(run, args)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        mode: Value = Const(self.enabled)
        if self.switch:
            given = args.bind(self.switch).get(self.switch)
            truth = True if given is None else given.truth(run)
            mode = Const(truth if self.enabled or truth is None else not truth)
        run.write(instance.attrs, _MODE, mode)

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        push(run, instance)
        run.set_grad(_truth(instance.attrs.get(_MODE)))
        return instance

    def left(self, run: Interpreter, instance: Instance) -> None:
        run.set_grad(pop(run, instance))

    def enter(self, run: Interpreter) -> Value:
        """`with torch.no_grad:` is an error in torch; as a bare decorator the class stands for itself."""
        return self

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return decorated(args.positional[0], instance) if args.positional else None


_MODE = "<mode>"
_BEFORE = "<before>"
_DECORATOR = "<decorator>"


def _truth(value: Value | None) -> bool | None:
    mode: bool | None = value.value if isinstance(value, Const) else None
    return mode


def push(run: Interpreter, instance: Instance) -> None:
    """Remember the grad mode that the end of the block restores (blocks of one object may nest)."""
    before = instance.attrs.get(_BEFORE)
    stack = before.elements if isinstance(before, TupleValue) else ()
    run.write(instance.attrs, _BEFORE, TupleValue((*stack, Const(run.grad_enabled))))


def pop(run: Interpreter, instance: Instance) -> bool | None:
    """The grad mode from before the block."""
    before = instance.attrs.get(_BEFORE)
    if not isinstance(before, TupleValue) or not before.elements:
        return None
    run.write(instance.attrs, _BEFORE, TupleValue(before.elements[:-1]))
    return _truth(before.elements[-1])


def _is_function(value: Value) -> bool:
    return isinstance(value, FunctionValue | BoundMethod)


def decorated(function: Value, manager: Value) -> Value:
    """A function around whose calls a context manager is entered."""
    if isinstance(function, FunctionValue):
        copy = FunctionValue(
            function.node, function.scope, function.module, function.qualname, function.defaults
        )
        copy.owner, copy.kind, copy.marks = function.owner, function.kind, function.marks
        copy.state = function.state
        copy.wrappers = (manager, *function.wrappers)
        return copy

    def call(run: Interpreter, args: Args) -> Value:
        manager.enter(run)
        try:
            return run.call(function, args)
        finally:
            manager.leave(run)

    return Native(function.describe(), call)


class SetGradEnabled(GradMode):
    """`torch.set_grad_enabled(mode)`: takes effect at once; as a `with` block its end restores."""

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        push(run, instance)
        run.set_grad(_truth(instance.attrs.get(_MODE)))

    def decorates(self, run: Interpreter, instance: Instance) -> None:
        run.set_grad(pop(run, instance))  # as a decorator it acts during the calls only
        run.write(instance.attrs, _DECORATOR, Const(True))

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return super().entered(run, instance) if _DECORATOR in instance.attrs else instance

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        self.decorates(run, instance)
        return super().invoke(run, instance, args)


class Transparent(LibraryClass):
    """A context manager or decorator without effect on training facts (autocast, detect_anomaly, profilers)."""

    def call(self, run: Interpreter, args: Args) -> Value:
        if args.positional and _is_function(args.positional[0]):
            return args.positional[0]
        return super().call(run, args)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return args.positional[0] if args.positional else None


for _names, _enabled, _switch in (
    (("torch.no_grad", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad"), False, ""),
    (("torch.enable_grad", "torch.autograd.enable_grad", "torch.autograd.grad_mode.enable_grad"), True, ""),
    (("torch.inference_mode", "torch.autograd.inference_mode"), False, "mode"),
):
    LIBRARY.add(GradMode(_names[0], _enabled, _switch), *_names[1:])
LIBRARY.add(
    SetGradEnabled("torch.set_grad_enabled", True, "mode"),
    "torch.autograd.set_grad_enabled",
    "torch.autograd.grad_mode.set_grad_enabled",
)
for _name in ("torch.autograd.detect_anomaly", "torch.autograd.set_detect_anomaly"):
    LIBRARY.add(Transparent(_name))


@LIBRARY.function("torch.is_grad_enabled", "torch.is_inference_mode_enabled")
def is_grad_enabled(run: Interpreter, args: Args) -> Value:
    """The grad mode here, where it is known."""
    enabled = run.grad_enabled
    return Unknown("whether gradients are recorded") if enabled is None else Const(enabled)


@LIBRARY.function("torch.autograd.Variable", "torch.autograd.variable.Variable")
def variable(run: Interpreter, args: Args) -> Value:
    """`Variable(tensor)`: today a tensor that shares the data and is cut from the graph. `volatile` is remembered."""
    given = args.bind("data", "requires_grad", "volatile")
    data = given.get("data", Unknown("the data of a Variable"))
    if not isinstance(data, Tensor):
        return data
    attached = given.get("requires_grad", Const(False)).truth(run) is True
    node = run.node(Op.DETACH, "variable", (data.node,), shape=data.shape, attached=attached)
    if given.get("volatile", Const(False)).truth(run) is not False:
        node.options["volatile"] = Fact(True)
    return Tensor(node, TORCH)


def is_volatile(node: Node) -> bool:
    """Whether it is a Variable that is declared volatile, moved and reshaped: until 0.4 no graph was built of what is computed
    from it; later releases ignore that."""
    while "volatile" not in node.options and len(node.inputs) == 1:
        (node,) = node.inputs
    return "volatile" in node.options


class FunctionClass(LibraryClass):
    """torch.autograd.Function: what `apply` computes is not followed."""

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return Native(f"{cls.describe()}.apply", _apply_function) if name == "apply" else None


def _apply_function(run: Interpreter, args: Args) -> Value:
    taken = (v for v in args.values() if isinstance(v, UnionValue) or tensors_of(v))
    nodes = tuple(run.as_node(value) for value in taken)
    return Tensor(run.node(Op.UNKNOWN, "autograd.Function", nodes), TORCH)


LIBRARY.add(FunctionClass("torch.autograd.Function"), "torch.autograd.function.Function")
