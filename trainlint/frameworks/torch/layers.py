"""Layers of torch.nn: what their constructors take, which parameters they own, what a call does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Module, Op, Parameter, Shape
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import Operation, record, tensor_input
from trainlint.frameworks.torch.parameters import DRAWN, is_lazy
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import own_parameters
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Options = Mapping[str, Fact[Any]]
Weights = Callable[[Options], dict[str, tuple[Shape | None, Fact[Any]]]]
"""From the options: parameter name -> (shape, whether the layer has it)."""

PRESENT: Fact[Any] = known(True)
LAZY = {"linear": ("in_features", -1), "conv": ("in_channels", 1), "conv_transpose": ("in_channels", 1)}
"""What lazy layers leave open at first, and the dimension of the input that gives it."""


def no_weights(options: Options) -> dict[str, tuple[Shape | None, Fact[Any]]]:
    """A layer without learned tensors."""
    return {}


def size(options: Options, name: str) -> int | None:
    """A size among the options, where it is a known whole number."""
    fact = options.get(name)
    value = fact.value if fact is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


NUMBERS = frozenset({
    "p", "dropout", "eps", "momentum", "negative_slope", "alpha", "beta", "lambd", "init", "min_val", "max_val",
})  # fmt: skip
"""Constructor parameters that must be numbers: text from a config is noted there."""


class LayerClass(ModuleClass):
    """A layer of torch.nn. parameters: the constructor's signature; weights: the learned tensors;
    extra: facts that hold for every instance (`dims`)."""

    __slots__ = ("extra", "operation", "parameters", "weights")

    def __init__(
        self,
        qualname: str,
        operation: Operation,
        parameters: str,
        weights: Weights = no_weights,
        extra: Mapping[str, Any] | None = None,
        bases: tuple[LibraryClass, ...] = (NN_MODULE,),
    ) -> None:
        super().__init__(qualname, bases, operation.op, operation.name)
        self.operation = operation
        self.parameters = parameters
        self.weights = weights
        self.extra = {name: known(value) for name, value in (extra or {}).items()}

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        module: Module = instance.data
        module.op, module.name = self.op, self.name
        module.options = {
            **table.facts(run, table.bind(args), NUMBERS, skip=("device", "dtype")),
            **self.extra,
        }
        for name, (shape, present) in self.weights(module.options).items():
            add_parameter(run, instance, name, shape, present)
        own = run.class_attribute(instance.cls, "reset_parameters") if module.parameters else None
        if isinstance(own, FunctionValue):  # the constructor of a layer with weights calls it
            run.call(run.bind(own, instance), Args([]))

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        super().assign(run, instance, name, value)
        options = instance.data.options if isinstance(instance.data, Module) else {}
        if name in options and name not in self.extra and isinstance(value, Const | TupleValue | Unknown):
            run.write(options, name, run.fact(value))  # `conv.stride = (1, 1)`, `norm.momentum = 0.03`

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        if found is not None:
            return found
        options = instance.data.options if isinstance(instance.data, Module) else {}
        if name == "reset_parameters":
            return Native(f"{self.qualname}.reset_parameters", lambda r, args: reset(r, instance))
        if name not in options or name in self.extra:
            return None
        value = options[name].value
        dims = self.extra.get("dims")
        spread = dims is not None and name in (
            "kernel_size",
            "stride",
            "padding",
            "dilation",
            "output_padding",
        )
        if spread and isinstance(value, int) and dims is not None and dims.value and self.op is Op.AFFINE:
            return constant(known((value,) * dims.value, options[name].origin))
        return constant(options[name])

    def _materialise(self, run: Interpreter, instance: Instance, shape: Shape | None) -> None:
        """A lazy layer takes the size of its input from the first call."""
        module: Module = instance.data
        if is_lazy(module):
            run.write(module.state, DRAWN, True)
        option, dim = LAZY.get(self.operation.name, ("", 0))
        if not option or option in module.options or not shape or len(shape) < 2 or shape[dim] is None:
            return
        module.options[option] = known(shape[dim])
        for name, (sizes, _) in self.weights(module.options).items():
            if name in module.parameters:
                module.parameters[name].shape = sizes

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        first = args.positional[0] if args.positional else next(iter(args.keywords.values()), None)
        module: Module = instance.data
        inputs = (tensor_input(run, first),)
        self._materialise(run, instance, inputs[0].shape)
        node = record(run, self.operation, inputs, module.options, module=module, origin=instance.origin)
        inplace = module.options.get("inplace")
        if (
            inplace is not None
            and inplace.value is True
            and isinstance(first, Tensor)
            and first.parameter is None
        ):
            run.write(first.cells, "node", node)
            return first
        result = Tensor(node, TORCH)
        indices = module.options.get("return_indices")
        if indices is not None and indices.value is True:
            place = run.node(Op.COMPARE, "indices", (node,), module=module, location=module.location)
            return TupleValue([result, Tensor(place, TORCH)])
        return result


def reset(run: Interpreter, instance: Instance) -> Value:
    """The library's default initialisation again."""
    for tensor in own_parameters(instance).values():
        if tensor.parameter is not None:
            run.write(tensor.parameter.state, "inits", ())
    return Const(None)


def constant(fact: Fact[Any]) -> Value:
    """A fact as a value again."""
    if not fact.known:
        return Unknown(fact.why)
    if isinstance(fact.value, tuple):
        return TupleValue([Const(v, fact.origin) for v in fact.value])
    return Const(fact.value, fact.origin)


def add_parameter(
    run: Interpreter, instance: Instance, name: str, shape: Shape | None, present: Fact[Any] = PRESENT
) -> None:
    """Give a layer a learned tensor; where an option decides and is not known, perhaps."""
    absent = present.known and not present.value
    if absent:
        run.write(instance.attrs, name, Const(None, present.origin))
        return
    parameter = Parameter(name, instance.location, instance.data, shape)
    parameter.state["born"] = tuple(b.serial for b in run.branches)
    instance.data.parameters[name] = parameter
    node = run.node(
        Op.PARAMETER,
        name,
        options={"parameter": known(parameter)},
        shape=shape,
        module=instance.data,
        location=instance.location,
        attached=True,
    )
    tensor = Tensor(node, TORCH, parameter)
    instance.data.parameters[name] = parameter
    run.write(instance.attrs, name, tensor if present.known else run.join(tensor, Const(None)))


def build(run: Interpreter, cls: LibraryClass, *values: Value, **keywords: Value) -> Instance:
    """A layer inside a library's block, with the block's constructor as its place."""
    made = cls.call(run, Args(list(values), dict(keywords)))
    assert isinstance(made, Instance)
    return made


def option_value(options: Options, name: str) -> Value:
    """An option to be handed on to an inner layer."""
    return constant(options.get(name, unknown(name)))
