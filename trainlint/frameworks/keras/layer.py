"""keras.layers.Layer: what making, building and calling a layer or model means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import WEIGHTED, Module, ModuleCall, Node, Op, Shape
from trainlint.frameworks.keras import freezing
from trainlint.frameworks.keras.building import build_for, making
from trainlint.frameworks.keras.given_shapes import given_shape, shape_of, width_behind
from trainlint.frameworks.keras.layer_modes import mode_of, training_flag
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.methods import LAYER_METHODS, LAYER_PROPERTIES, Method
from trainlint.frameworks.keras.plans import frozen_norm
from trainlint.frameworks.keras.tensor import KERAS, shape_value, unseen_tensor
from trainlint.frameworks.torch.copies import clone
from trainlint.frameworks.torch.tree import adopt, alternatives, instances, nodes_of, walk
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LAYER = "keras.layers.Layer"
COMMON = (
    "name", "trainable", "dtype", "input_shape", "batch_input_shape", "batch_shape", "input_dim", "input_length",
    "batch_size", "weights", "autocast", "dynamic", "activity_regularizer",
)  # fmt: skip
"""Arguments that every layer takes, in this or an older release."""


class KerasClass(LibraryClass):
    """A class of layers; `op` and `name` say what a library's own layer does (None for Layer and Model)."""

    __slots__ = ("name", "op")
    entry = "call"

    def __init__(
        self, qualname: str, bases: tuple[LibraryClass, ...] = (), op: Op | None = None, name: str = ""
    ) -> None:
        super().__init__(qualname, bases)
        self.op, self.name = op, name

    # -- making

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if isinstance(instance.data, Module):
            return
        module = Module(instance.cls.describe(), instance.location, self.op, self.name)
        module.state.update(root=run.root, tracks_containers=True, instance=instance, library="keras")
        module.state["made"] = making(run)
        module.state["pretrained"] = False  # so that a branch that loads weights leaves it open
        instance.data = module
        run.program.modules.append(module)
        if run.program.framework == "other":
            run.program.framework = "keras"
        instances(run).append(instance)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """Layer.__init__: what all layers take."""
        name = args.keywords.get("name")
        if name is not None and not (isinstance(name, Const) and name.value is None):
            run.write(instance.attrs, "name", name)
        trainable = args.keywords.get("trainable")
        if trainable is not None:
            run.set_instance_attribute(instance, "trainable", trainable)
        shape = given_shape(run, args)
        if shape is not None:
            run.write(instance.data.state, "input_shape", shape)

    def deep_copy(self, run: Interpreter, instance: Instance) -> Value | None:
        """`copy.deepcopy(layer)`: layers and weights of its own, which start as the others did. None for a functional
        network, whose plan is of the layers that it was made of."""
        if not isinstance(instance.data, Module) or any("plan" in m.data.state for _, m in walk(instance)):
            return None
        copied = clone(run, instance)
        for _, each in walk(copied):
            run.write(each.data.state, "instance", each)
        return copied

    # -- attributes

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """`Layer.call` and the like: the unbound method."""
        if name in ("__init__", "__name__", "__qualname__"):
            return super().get_attr(run, name)
        found = LIBRARY.resolve(run, f"{self.qualname}.{name}")
        if found is not None:
            return found

        def call(run: Interpreter, args: Args) -> Value:
            receiver = args.positional[0] if args.positional else None
            method = self.attribute(run, receiver, name) if isinstance(receiver, Instance) else None
            if method is None:
                run.escape_args(args, f"{self.qualname}.{name}")
                return Unknown(f"{self.qualname}.{name}()")
            return run.call(method, Args(args.positional[1:], args.keywords, args.open))

        return Native(f"{self.qualname}.{name}", call)

    def methods(self) -> dict[str, Method]:
        """Methods by name, beside those of this class itself."""
        return LAYER_METHODS

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if not isinstance(instance.data, Module):
            return None
        if name == "__call__":
            return Native("keras.__call__", lambda r, args: self.called(r, instance, args))
        if name == "call":
            return Native("keras.call", lambda r, args: self.transfer(r, instance, args))
        method = self.methods().get(name)
        if method is not None:
            return Native(f"keras.{name}", lambda r, args: method(r, instance, args))
        if name == "build":
            return Native("keras.build", lambda r, args: self._build_method(r, instance, args))
        found = LAYER_PROPERTIES.get(name)
        return found(run, instance) if found is not None else None

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        if name == "trainable":
            set_trainable(run, instance, value)
        for v in alternatives(value):
            if isinstance(v, Tensor) and v.parameter is not None and "plain" not in v.cells:
                adopt(v, instance.data, name)
        if self.qualname == LAYER and isinstance(value, Const):
            freezing.set_on_layer(run, instance, name, value)

    # -- calling

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return self.called(run, instance, args)

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        return self.called(run, instance, args)

    def called(self, run: Interpreter, instance: Instance, args: Args, training: bool | None = None) -> Value:
        """One application: recorded, with everything that happens in it; kept as a plan for symbolic inputs."""
        from trainlint.frameworks.keras import gradients

        module: Module = instance.data
        args = self._symbolic(run, self.prepared(run, instance, args))
        inputs = tuple(nodes_of(args.values()))
        planned = any(n.planned for n in inputs)
        ensure_built(run, instance, inputs[0].shape if inputs else None, args, inputs)
        flag = training_flag(instance, self._own_call(run, instance), args)
        mode = False if frozen_norm(run, module) else mode_of(run, flag, training, planned)
        before = run.grad_enabled
        if run.module_call is None and not planned and mode is False and gradients.is_eager(run):
            run.set_grad(False)
        told = mode is True and (training is True or flag is not None)
        call = ModuleCall(module, run.here, run.module_call, inputs, (), mode, run.grad_enabled, told)
        if not planned:
            run.program.calls.append(call)
            if call.parent is None:
                run.event(EventKind.FORWARD, module, call=call)
        run.enter_module(call)
        try:
            result = self._forward(run, instance, args)
            if (
                planned and type(result) is Unknown
            ):  # what is computed from a symbolic tensor is one, though not followed
                options: dict[str, Fact[Any]] = {"unfollowed": known(True)}
                result = Tensor(run.node(Op.UNKNOWN, result.describe()[:40], inputs, options), KERAS)
            if planned and isinstance(result, Tensor) and any(result.node is n for n in inputs):
                # Keras hands on a tensor of its own where call() returns what it was given.
                result = Tensor(
                    run.node(Op.CAST, "identity", (result.node,), {}, result.shape), result.flavor
                )
        finally:
            run.leave_module()
            run.set_grad(before)
        call.outputs = tuple(nodes_of([result]))
        if planned:
            run.write(module.state, "input", args.positional[0] if args.positional else None)
            run.write(module.state, "output", result)
        return result

    def prepared(self, run: Interpreter, instance: Instance, args: Args) -> Args:
        """The arguments as the call sees them (`inputs=` counts as the first one)."""
        if not args.positional:
            for name in ("inputs", "input", "x", "input_tensor", "query"):
                if name in args.keywords:
                    rest = {k: v for k, v in args.keywords.items() if k != name}
                    if self._own_call(run, instance) is None:
                        return Args([args.keywords[name]], rest, args.open)
        return args

    def _symbolic(self, run: Interpreter, args: Args) -> Args:
        """A layer of the library that stands alone, applied to something that is not known, builds a network on what
        unseen code made (`Dense(10)(base.output)`): that is symbolic. Nothing is recorded until a network takes it.

        Layers that prepare data, too, and the program's own do so where they take an `output`.
        """
        from trainlint.frameworks.keras import gradients

        if run.module_call is not None or run.grad_enabled is False or not args.positional:
            return args
        given = args.positional[0]
        listed = given.elements if isinstance(given, ListValue | TupleValue) else [given]
        unseen = [type(v) is Unknown and (self.op in _BUILDS or v.method in _OUTPUTS) for v in listed]
        if not any(unseen) or (given is not listed[0] and self.op in _BUILDS) or not gradients.is_eager(run):
            return args
        made = [unseen_tensor(run, v.describe()) if new else v for v, new in zip(listed, unseen, strict=True)]
        first = made[0] if given is listed[0] else ListValue(made)
        return Args([first, *args.positional[1:]], args.keywords)

    @staticmethod
    def _own_call(run: Interpreter, instance: Instance) -> Value | None:
        return run.class_attribute(instance.cls, "call")

    def _forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        method = instance.attrs.get("call") or self._own_call(run, instance)
        if method is not None:
            bound = run.bind(method, instance) if "call" not in instance.attrs else method
            return run.call(bound, _accepted(method, args))
        for cls in instance.library_classes():
            if isinstance(cls, KerasClass):
                return cls.transfer(run, instance, args)
        return self.transfer(run, instance, args)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        """What the library's own call() does; for a layer that the code does not show, something unknown."""
        module: Module = instance.data
        inputs = tuple(nodes_of(args.values()))
        node = run.node(Op.UNKNOWN, module.qualname, inputs, module=module)
        return Tensor(node, KERAS)

    # -- building

    def build(self, run: Interpreter, instance: Instance, shape: Shape | None) -> None:
        """Make the weights of a library's layer for an input of this shape."""

    def _build_method(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        shape = args.positional[0] if args.positional else args.keywords.get("input_shape")
        run.write(instance.data.state, "built", True)
        self.build(run, instance, shape_of(run, shape) if shape is not None else None)
        return Const(None)


_BUILDS = WEIGHTED | {Op.POOL, Op.DROPOUT, Op.NORM, Op.RESHAPE}
"""What layers do that are parts of networks; others prepare data, too."""
_OUTPUTS = frozenset({"output", "outputs"})
"""Attributes of networks, and of their layers, that are symbolic tensors."""
_RUN_TIME = ("training", "mask")
"""Arguments of a call that Keras leaves out where the layer's own call() does not take them."""


def _accepted(method: Value, args: Args) -> Args:
    node = getattr(method, "node", None)
    if node is None or not any(name in args.keywords for name in _RUN_TIME):
        return args
    arguments = node.args
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    if arguments.kwarg is not None:
        return args
    kept = {k: v for k, v in args.keywords.items() if k in names or k not in _RUN_TIME}
    return Args(args.positional, kept, args.open)


def ensure_built(
    run: Interpreter, instance: Instance, shape: Shape | None, args: Args | None = None,
    inputs: tuple[Node, ...] = (),
) -> None:  # fmt: skip
    """Build a layer the first time that it is called: its own build(), or its library class's."""
    state = instance.data.state
    if state.get("built"):
        return
    run.write(state, "built", True)
    own = run.class_attribute(instance.cls, "build")
    if own is not None:
        given = args.positional[0] if args is not None and args.positional else None
        elements = getattr(given, "elements", None)
        if elements is not None and all(isinstance(e, Tensor) for e in elements):
            value: Value = TupleValue([shape_value(e.shape) for e in elements if isinstance(e, Tensor)])
        else:
            value = shape_value(shape)
        build_for(run, instance.data, lambda: run.call(run.bind(own, instance), Args([value])))
        return
    for cls in instance.library_classes():
        if isinstance(cls, KerasClass):
            width = width_behind(inputs[0]) if shape is None and inputs and cls.op is not None else None
            cls.build(run, instance, (None, width) if width is not None else shape)
            return


def set_trainable(run: Interpreter, instance: Instance, value: Value) -> None:
    """`layer.trainable = False` freezes everything below, weights that are still to be made included."""
    truth = value.truth(run)
    for _, below in walk(instance):
        run.write(below.attrs, "trainable", value)
        for attribute in below.attrs.values():
            if isinstance(attribute, Tensor) and attribute.parameter is not None:
                freezing.trainable(run, below, attribute.parameter, truth)
                run.write(attribute.parameter.state, "requires_grad", truth)


def option(module: Module, name: str) -> Any:
    """The known value of an option, or None."""
    fact: Fact[Any] | None = module.options.get(name)
    return fact.value if fact is not None else None


LAYER_CLASS = KerasClass(LAYER)
LIBRARY.add(LAYER_CLASS)
