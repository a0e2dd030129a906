"""What stands around a network without changing what it computes: data parallelism, compilation, reparametrisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.modes import WRAPS
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.parameters import overwrite
from trainlint.frameworks.torch.tree import is_module, walk
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SUBJECTS = ("module", "model", "obj", "func", "fn")


def subject(args: Args) -> Value | None:
    """What is wrapped."""
    if args.positional:
        return args.positional[0]
    return next((args.keywords[name] for name in _SUBJECTS if name in args.keywords), None)


class WrapperClass(ModuleClass):
    """A wrapper is the network that it wraps, with `.module` leading to itself.

    A local class that inherits from one holds the network as `module`.
    """

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        wrapped = subject(args)
        if is_module(wrapped):
            run.write(wrapped.data.state, "wrapped", self.qualname)
        return wrapped if wrapped is not None else Unknown(f"{self.qualname}()")

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        wrapped = subject(args)
        if wrapped is not None:
            run.set_instance_attribute(instance, "module", wrapped)
            run.write(instance.data.state, WRAPS, "module")

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        wrapped = instance.attrs.get("module")
        return run.call(wrapped, args) if wrapped is not None else super().forward(run, instance, args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "no_sync":
            return Native(f"{self.qualname}.no_sync", lambda r, args: Unknown("no_sync()"))
        return super().attribute(run, instance, name)


for _name, *_also in (
    ("torch.nn.DataParallel", "torch.nn.parallel.DataParallel"),
    ("torch.nn.parallel.DistributedDataParallel",),
    ("torch.distributed.fsdp.FullyShardedDataParallel",),
    ("torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel",),
):
    LIBRARY.add(WrapperClass(_name, (NN_MODULE,)), *_also)


@LIBRARY.function(
    "torch.compile",
    "torch.jit.script",
    "torch.jit.trace",
    "torch.jit.optimize_for_inference",
    "torch.jit.ignore",
    "torch.jit.unused",
    "torch.jit.export",
    "torch.fx.symbolic_trace",
    "torch._dynamo.disable",
    "torch.compiler.disable",
    "torch.distributed.fsdp.fully_shard",
    "torch.fx.wrap",
    "torch.distributed._composable.fully_shard",
    "torch.distributed._composable.fsdp.fully_shard",
    "torch.distributed._composable.replicate",
    "torch.distributed._composable.replicate.replicate",
    "torch.distributed.tensor.parallel.parallelize_module",
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.checkpoint_wrapper",
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.offload_wrapper",
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.CheckpointWrapper",
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.OffloadWrapper",
)
def transparent(run: Interpreter, args: Args) -> Value:
    """The same network or function; a decorator with options only wraps what comes next."""
    found = subject(args)
    return found if found is not None else Native("a transparent decorator", transparent)


@LIBRARY.function("torch.nn.parallel.data_parallel", "torch.nn.parallel.data_parallel.data_parallel")
def _in_parallel(run: Interpreter, args: Args) -> Value:
    """`data_parallel(module, inputs, device_ids)`: what the module makes of its inputs, a tensor or a tuple of them."""
    given = args.bind("module", "inputs", "device_ids", "output_device", "dim", "module_kwargs")
    inputs, options = given.get("inputs", Const(None)), as_dict(given.get("module_kwargs", Const(None)))
    listed = list(inputs.elements) if isinstance(inputs, TupleValue | ListValue) else [inputs]
    named = options.strings() if options is not None else {}
    return run.call(given.get("module", Unknown("a module")), Args(listed, dict(named)))


@LIBRARY.function("torch.nn.SyncBatchNorm.convert_sync_batchnorm")
def synchronised(run: Interpreter, args: Args) -> Value:
    """The same network, whose batch norms take their statistics over all workers."""
    found = subject(args)
    if is_module(found):
        for _, part in walk(found):
            if part.data.name == "batchnorm":
                run.write(part.data.state, "synchronized", True)
    return found if found is not None else Unknown("convert_sync_batchnorm()")


def _reparametrised(name: str) -> None:
    @LIBRARY.function(f"torch.nn.utils.{name}", f"torch.nn.utils.parametrizations.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        found = subject(args)
        if is_module(found):
            run.write(found.data.state, "reparametrized", name)
        return found if found is not None else Unknown(f"{name}()")


for _name in ("weight_norm", "spectral_norm", "orthogonal", "remove_weight_norm", "remove_spectral_norm"):
    _reparametrised(_name)


@LIBRARY.function("torch.nn.utils.parametrize.register_parametrization")
def parametrised(run: Interpreter, args: Args) -> Value:
    """A parametrisation of the program's own: what the weights start as is not known."""
    found = subject(args)
    if is_module(found):
        run.write(found.data.state, "reparametrized", "custom")
    return found if found is not None else Unknown("register_parametrization()")


@LIBRARY.function("torch.nn.utils.skip_init", "torch.nn.utils.init.skip_init")
def uninitialised(run: Interpreter, args: Args) -> Value:
    """skip_init(Linear, 8, 4): the layer, whose weights the program itself is to set."""
    if not args.positional:
        return Unknown("skip_init()")
    return run.call(args.positional[0], Args(args.positional[1:], args.keywords, args.open))


@LIBRARY.function("torch.nn.utils.parameters_to_vector")
def to_vector(run: Interpreter, args: Args) -> Value:
    """All parameters as one tensor."""
    from trainlint.frameworks.torch.reshaping import FUNCTIONS

    return FUNCTIONS["hstack"](run, Args([args.bind("parameters").get("parameters", Unknown("parameters"))]))


@LIBRARY.function("torch.nn.utils.vector_to_parameters")
def from_vector(run: Interpreter, args: Args) -> Value:
    """New values for all parameters."""
    bound = args.bind("vec", "parameters")
    given = bound.get("parameters")
    for tensor in given.iterate(run).values if given is not None else []:
        if isinstance(tensor, Tensor):
            overwrite(run, tensor, bound.get("vec", Unknown("vec")))
    return Const(None)


@LIBRARY.function("torch.utils.checkpoint.checkpoint")
def checkpoint(run: Interpreter, args: Args) -> Value:
    """checkpoint(function, *args): the function's result, recomputed in the backward pass."""
    keywords = {
        k: v
        for k, v in args.keywords.items()
        if k not in ("use_reentrant", "preserve_rng_state", "context_fn", "determinism_check", "debug")
    }
    if not args.positional:
        return Unknown("checkpoint()")
    return run.call(args.positional[0], Args(args.positional[1:], keywords, args.open))


@LIBRARY.function("torch.utils.checkpoint.checkpoint_sequential")
def checkpoint_sequential(run: Interpreter, args: Args) -> Value:
    """checkpoint_sequential(functions, segments, input)"""
    bound = args.bind("functions", "segments", "input")
    if "functions" not in bound:
        return Unknown("checkpoint_sequential()")
    return run.call(bound["functions"], Args([bound.get("input", Const(None))]))
