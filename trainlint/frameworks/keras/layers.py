"""A layer of keras.layers as a row: what its constructor takes, which weights it has, what a call does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Module, Node, Op, Parameter, Shape
from trainlint.frameworks.keras import release
from trainlint.frameworks.keras.activations import activate, get_activation
from trainlint.frameworks.keras.data_format import image_data_format
from trainlint.frameworks.keras.initializers import Scheme, get_initializer, l2_of, scheme_of
from trainlint.frameworks.keras.layer import COMMON, LAYER_CLASS, KerasClass
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.old_names import modern
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.layers import constant
from trainlint.frameworks.torch.operations import BoundsRule, Operation, record, tensor_input, unbounded
from trainlint.frameworks.torch.shapes import ShapeRule, same
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Options = Mapping[str, Fact[Any]]
PRESENT: Fact[Any] = known(True)
ABSENT: Fact[Any] = known(False)


@dataclass(frozen=True)
class Weight:
    """A learned tensor of a layer: its shape, whether the layer has it, and the argument that says how it starts."""

    shape: Shape | None
    initializer: str
    present: Fact[Any] = PRESENT


Weights = Callable[[dict[str, Fact[Any]], Shape | None], dict[str, Weight]]
"""From the options and the input's shape; may add to the options what the input decides (in_features)."""

RENAMED = {
    "units": "out_features", "filters": "out_channels", "use_bias": "bias", "strides": "stride",
    "dilation_rate": "dilation", "rate": "p", "pool_size": "kernel_size", "epsilon": "eps",
}  # fmt: skip
"""Arguments of Keras under the names that the facts have for all libraries."""
NUMBERS = frozenset(
    {"rate", "dropout", "recurrent_dropout", "momentum", "epsilon", "stddev", "alpha", "negative_slope"}
)
_OBJECTS = frozenset({
    "activation", "recurrent_activation", "seed", "lora_rank", "lora_alpha", "quantization_config", "autocast",
})  # fmt: skip


def no_weights(options: dict[str, Fact[Any]], shape: Shape | None) -> dict[str, Weight]:
    """A layer without learned tensors."""
    return {}


def size(options: Options, name: str) -> int | None:
    """A size among the options, where it is a known whole number."""
    fact = options.get(name)
    value = fact.value if fact is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(options: Options, name: str) -> Fact[Any]:
    """A switch among the options; unknown where a local subclass never called the constructor."""
    return options.get(name, unknown(name))


def value(options: Options, name: str) -> Any:
    """The value of an option, None where it is not known."""
    return flag(options, name).value


def is_object(name: str) -> bool:
    """Whether an argument is a function or object, and no number or text that a fact could hold."""
    return name in _OBJECTS or name.endswith(("_initializer", "_regularizer", "_constraint"))


class LayerClass(KerasClass):
    """One class of keras.layers. parameters: the constructor's signature; extra: facts of every instance."""

    __slots__ = ("called_as", "extra", "operation", "parameters", "renamed", "weights")

    def __init__(
        self,
        qualname: str,
        operation: Operation,
        parameters: str,
        weights: Weights = no_weights,
        extra: Mapping[str, Any] | None = None,
        bases: tuple[LibraryClass, ...] = (LAYER_CLASS,),
        renamed: Mapping[str, str] | None = None,
        called_as: str = "",
    ) -> None:
        super().__init__(qualname, bases, operation.op, operation.name)
        self.operation, self.parameters, self.weights = operation, parameters, weights
        self.extra = {name: known(value) for name, value in (extra or {}).items()}
        self.renamed = {**RENAMED, **(renamed or {})}
        self.called_as = called_as

    # -- making

    def arguments(self, run: Interpreter, args: Args) -> dict[str, Value]:
        """The arguments of the constructor by the names that they have today."""
        table = signature(self.parameters)
        release.arguments(run, args.keywords.keys() - set(table.names))
        return table.bind(modern(args, table.names, self.called_as))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = self.arguments(run, args)
        own = set(table.names)
        super().construct(
            run, instance, Args([], {k: v for k, v in args.keywords.items() if k in COMMON and k not in own})
        )
        module: Module = instance.data
        module.op, module.name = self.op, self.name
        skip = [name for name in table.names if is_object(name)]
        given = table.facts(run, bound, NUMBERS, skip=(*skip, "name", "dtype"))
        module.options = {self.renamed.get(k, k): fact for k, fact in given.items()} | self.extra
        if "data_format" in module.options and "data_format" not in bound:
            module.options["data_format"] = known(image_data_format(run))
        synchronized = module.options.get("synchronized")
        if self.called_as.startswith("Sync") or (synchronized is not None and synchronized.value is True):
            run.write(module.state, "synchronized", True)
        if "weights" in args.keywords and args.keywords["weights"].truth(run) is not False:
            run.write(module.state, "weights", True)
        regularizer = l2_of(bound.get("kernel_regularizer"))
        if regularizer is not None:
            module.options["l2"] = regularizer
        run.write(module.state, "arguments", {k: bound[k] for k in skip if k in bound})

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        if found is not None or not isinstance(instance.data, Module):
            return found
        if is_object(name):
            return self._object(run, instance, name)
        weight = _WEIGHTS.get(name)
        if weight is not None:
            return next((instance.attrs[w] for w in weight.split() if w in instance.attrs), None)
        fact = instance.data.options.get(self.renamed.get(name, name))
        if fact is None:
            return None
        dims = self.extra.get("dims")
        if name in _EACH and dims is not None and isinstance(fact.value, int):
            return TupleValue([constant(fact)] * int(dims.value or 1))  # as the constructor keeps them
        return constant(fact)

    def _object(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        """An activation or initializer as the constructor keeps it, `None` and texts looked up."""
        table, given = signature(self.parameters), instance.data.state.get("arguments")
        if given is None or name not in table.names:
            return argument(instance, name)
        found: Value = given.get(name) or Const(table.defaults.get(name))
        if name.endswith("activation"):
            return get_activation(run, Args([found]))
        return get_initializer(run, Args([found])) if name.endswith("_initializer") else found

    # -- building and calling

    def build(self, run: Interpreter, instance: Instance, shape: Shape | None) -> None:
        module: Module = instance.data
        for name, weight in self.weights(module.options, shape).items():
            scheme = scheme_of(run, argument(instance, weight.initializer))
            if module.state.get("weights"):  # `Embedding(..., weights=[matrix])`: values from elsewhere
                scheme = Scheme("pretrained")
            add_weight(run, instance, name, weight.shape, scheme, weight.present)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        node = self.apply(run, instance, self.operands(run, args))
        return activate(run, argument(instance, "activation"), node, instance.data)

    def operands(self, run: Interpreter, args: Args) -> tuple[Node, ...]:
        """The inputs of the node: a layer takes one."""
        return (tensor_input(run, args.positional[0] if args.positional else None),)

    def apply(self, run: Interpreter, instance: Instance, inputs: tuple[Node, ...]) -> Node:
        """The node of the layer itself, without its activation."""
        module: Module = instance.data
        return record(run, self.operation, inputs, module.options, module=module, origin=instance.origin)


_EACH = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size"})
"""Sizes that a layer keeps for each dimension, though one number may be given for all."""
_WEIGHTS = {
    "kernel": "weight weight_ih", "embeddings": "weight", "gamma": "weight", "beta": "bias", "bias": "bias",
    "recurrent_kernel": "weight_hh", "depthwise_kernel": "weight", "pointwise_kernel": "weight_pointwise",
}  # fmt: skip


def argument(instance: Instance, name: str) -> Value | None:
    """An argument of the constructor that is a function or object, where one was given."""
    kept = instance.data.state.get("arguments", {})
    found = kept.get(name)
    return found if isinstance(found, Value) else None


def add_weight(
    run: Interpreter,
    instance: Instance,
    name: str,
    shape: Shape | None,
    scheme: Scheme | None = None,
    present: Fact[Any] = PRESENT,
    location: Any = None,
) -> Tensor | None:
    """Give a layer a learned tensor; None where it has none of the kind."""
    if present.known and not present.value:
        run.write(instance.attrs, name, Const(None, present.origin))
        return None
    tensor = new_weight(run, name, shape, scheme, instance.data, location or instance.location)
    parameter = tensor.parameter
    assert parameter is not None
    frozen = instance.attrs.get("trainable")
    if frozen is not None and frozen.truth(run) is not True:
        parameter.state["requires_grad"] = frozen.truth(run)
    instance.data.parameters[name] = parameter
    run.write(instance.attrs, name, tensor if present.known else run.join(tensor, Const(None)))
    return tensor


def new_weight(
    run: Interpreter,
    name: str,
    shape: Shape | None,
    scheme: Scheme | None,
    module: Module | None,
    location: Any,
) -> Tensor:
    """A learned tensor by itself."""
    parameter = Parameter(name, location, module, shape)
    if scheme is not None:
        parameter.state["inits"] = (scheme.init(location),)
    parameter.state["library"] = "keras"
    parameter.state["born"] = tuple(b.serial for b in run.branches)
    node = run.node(
        Op.PARAMETER, name, options={"parameter": known(parameter)}, shape=shape, module=module, location=location,
        attached=True,
    )  # fmt: skip
    return Tensor(node, KERAS, parameter)


def add(
    name: str,
    op: Op,
    kind: str,
    parameters: str = "",
    weights: Weights = no_weights,
    shape: ShapeRule = same,
    bounds: BoundsRule = unbounded,
    above: tuple[LibraryClass, ...] = (LAYER_CLASS,),
    old: str = "",
    renamed: Mapping[str, str] | None = None,
    cls: type[LayerClass] = LayerClass,
    **extra: Any,
) -> LayerClass:
    """Register one class of keras.layers, and its older names."""
    operation = Operation(op, kind, parameters, (), shape, bounds)
    made = cls(f"keras.layers.{name}", operation, parameters, weights, extra, above, renamed)
    LIBRARY.add(made)
    for other in old.split():
        LIBRARY.entries[f"keras.layers.{other}"] = cls(
            f"keras.layers.{name}", operation, parameters, weights, extra, (made,), renamed, other
        )
    return made


def last_size(shape: Shape | None, options: Options) -> Fact[Any]:
    """The number of channels of an input, by the layer's data format."""
    if shape is None or len(shape) < 2:
        return unknown("the shape of the input is not known")
    form = options.get("data_format")
    found = shape[1] if form is not None and form.value == "channels_first" else shape[-1]
    return known(found) if found is not None else unknown("the size of the input is not known")


def unseen(run: Interpreter, instance: Instance, inputs: tuple[Node, ...], why: str) -> Value:
    """A result that is not followed."""
    return Tensor(run.node(Op.UNKNOWN, why, inputs, module=instance.data), KERAS)


def first_value(args: Args) -> Value:
    """What a layer is called on."""
    return args.positional[0] if args.positional else Unknown("an argument that is not given")
