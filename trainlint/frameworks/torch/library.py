"""The one library object that every part of the torch model registers into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from trainlint.facts.graph import Op
from trainlint.semantics.adopting import held_classes
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import Handler, Symbol, TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TENSOR_CLASS = "torch.Tensor."


class TorchLibrary(TableLibrary):
    """Tables of torch. What they do not hold is a plain function of tensors, unless a network or optimizer is
    passed to it."""

    unknown_methods: ClassVar[dict[str, Handler]] = {}
    unknown_keywords: ClassVar[dict[str, Callable[[Any, Args], Any]]] = {}
    unknown_assignments: ClassVar[dict[str, Handler]] = {}
    """What methods of objects that are not known leave behind; `unknown_objects` fills it."""

    def base_of(self, names: frozenset[str]) -> str | None:
        """The class that methods belong to which stand without one."""
        if "forward" in names and "training_step" not in names:
            return "torch.nn.Module"
        return "torch.utils.data.Dataset" if {"__getitem__", "__len__"} <= names else None

    def extended_by(self, run: Interpreter, cls: ClassValue, methods: frozenset[str]) -> LibraryClass | None:
        """A class whose base is not seen is a network if it keeps layers and has a `forward` that is given something."""
        forward = cls.namespace.get("forward") if "forward" in methods else None
        parameters = forward.node.args if isinstance(forward, FunctionValue) else None
        if parameters is None or not (len(parameters.args) > 1 or parameters.vararg):
            return None
        module = run.library_name("torch.nn.Module")
        lineages = (
            each.lineage() if isinstance(each, LibraryClass) else getattr(each, "library_lineage", ())
            for each in held_classes(run, cls)
        )
        layers = any(module in lineage for lineage in lineages)
        return module if layers and isinstance(module, LibraryClass) else None

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        found = super().resolve(run, qualname)
        if found is None and qualname.startswith(_TENSOR_CLASS):
            return unbound_method(qualname)
        return found

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        found = super().unmodelled(run, qualname, args)
        if found is not None:
            return found
        tensors: list[Tensor] = []
        last = qualname.rsplit(".", 1)[-1]
        in_place = last.endswith("_") or not last.islower() or ".init." in qualname or ".utils." in qualname
        for value in args.values():
            if not _collect(value, tensors, in_place):
                return None
        if not tensors:
            result = Unknown(f"{qualname}()")
            result.made = last[:1].isupper()  # a class, of which an object may hold layers
            return result
        from trainlint.frameworks.torch.tensor import TORCH

        return Tensor(run.node(Op.CALL, last, tuple(t.node for t in tensors)), TORCH)

    def unseen_result(self, run: Interpreter, symbol: Symbol) -> Value | None:
        """A network that unseen code made."""
        from trainlint.frameworks.torch import symbols

        return symbols.unseen_result(run, symbol)

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        from trainlint.frameworks.torch import symbols

        return symbols.symbolic(run, symbol)

    def rehearsals(self, run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
        """Networks that nothing called, to be called once."""
        from trainlint.frameworks.torch import rehearsal

        return rehearsal.rehearsals(run)

    def finish(self, run: Interpreter) -> None:
        """Link modules to their parents, children and parameters as they stand at the program's end."""
        from trainlint.frameworks.torch import finishing, plain_containers, steps, weights

        steps.finish(run)
        plain_containers.finish(run)
        finishing.finish(run)
        weights.finish(run)


def _collect(value: Value, tensors: list[Tensor], in_place: bool, depth: int = 0) -> bool:
    """Gather the tensors of an argument; False if it holds an object whose state the callee may change. in_place: it may
    change tensors; plain functions of torch (`torch.sparse.mm`) do not."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return value.parameter is None or not in_place
    if isinstance(value, Instance):
        return value.data is None
    inner: list[Value] = []
    if isinstance(value, TupleValue | ListValue):
        inner = list(value.elements)
    elif isinstance(value, DictValue):
        inner = [v for _, v in value.cells.values()]
    elif isinstance(value, UnionValue):
        inner = list(value.alternatives)
    return depth > 3 or all(_collect(v, tensors, in_place, depth + 1) for v in inner[:64])


def unbound_method(qualname: str) -> Native:
    """`torch.Tensor.relu` as a function of the tensor."""
    name = qualname.rsplit(".", 1)[-1]

    def call(run: Interpreter, args: Args) -> Value:
        if not args.positional:
            return Unknown(f"{qualname}()")
        method = run.get_attr(args.positional[0], name)
        return run.call(method, Args(args.positional[1:], args.keywords, args.open))

    return Native(qualname, call)


_USUAL_DATA = (
    "RandomSampler", "SequentialSampler", "WeightedRandomSampler", "SubsetRandomSampler", "BatchSampler",
    "DistributedSampler", "ConcatDataset", "IterableDataset",
)  # fmt: skip
_USUAL_SCHEDULES = (
    "StepLR", "MultiStepLR", "ExponentialLR", "LambdaLR", "OneCycleLR", "CyclicLR", "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts", "LinearLR", "ConstantLR", "PolynomialLR", "SequentialLR",
)  # fmt: skip
"""Names that no other library has."""

LIBRARY = TorchLibrary(
    "torch",
    usual={
        "torch": "torch",
        "nn": "torch.nn",
        "F": "torch.nn.functional",
        "optim": "torch.optim",
        "init": "torch.nn.init",
        "lr_scheduler": "torch.optim.lr_scheduler",
        "Dataset": "torch.utils.data.Dataset",
        "DataLoader": "torch.utils.data.DataLoader",
        **{name: f"torch.utils.data.{name}" for name in _USUAL_DATA},
        **{name: f"torch.optim.lr_scheduler.{name}" for name in _USUAL_SCHEDULES},
        "clip_grad_norm_": "torch.nn.utils.clip_grad_norm_",
        "DataParallel": "torch.nn.DataParallel",
        "DistributedDataParallel": "torch.nn.parallel.DistributedDataParallel",
        "DDP": "torch.nn.parallel.DistributedDataParallel",
        "TensorDataset": "torch.utils.data.TensorDataset",
        "random_split": "torch.utils.data.random_split",
        "autocast": "torch.amp.autocast",
        "GradScaler": "torch.amp.GradScaler",
        "Variable": "torch.autograd.Variable",
    },
    observers=(
        "torch.cuda",
        "torch.backends",
        "torch.mps",
        "torch.xpu",
        "torch.distributed",
        "torch.multiprocessing",
        "torch.profiler",
        "torch.utils.tensorboard",
        "torch.version",
        "torch.random",
        "torch.is_tensor",
        "torch.save",
        "torch.onnx",
        "torch.jit.save",
        "torch.export",
        "torch.fx",
        "torch.compiler",
        "torch.nn.utils.prune.is_pruned",
    ),
)

_PARTS = (
    "activation adaptive batchnorm container conv distance dropout flatten fold instancenorm linear loss module "
    "normalization padding pixelshuffle pooling rnn sparse transformer upsampling channelshuffle utils"
)
for _part in _PARTS.split():
    LIBRARY.alias(f"torch.nn.modules.{_part}", "torch.nn")
LIBRARY.alias("torch.nn.modules", "torch.nn")
LIBRARY.alias("torch.nn.parameter", "torch.nn")
LIBRARY.alias("torch.nn.parallel.data_parallel", "torch.nn.parallel")
LIBRARY.alias("torch.nn.parallel.distributed", "torch.nn.parallel")
LIBRARY.alias("torch.special", "torch")
LIBRARY.alias("torch._C._nn", "torch.nn.functional")
_OPTIMIZERS = (
    "adadelta adagrad adam adamw adamax asgd lbfgs nadam radam rmsprop rprop sgd sparse_adam optimizer"
)
for _name in _OPTIMIZERS.split():
    LIBRARY.alias(f"torch.optim.{_name}", "torch.optim")
for _name in ("dataset", "dataloader", "sampler"):
    LIBRARY.alias(f"torch.utils.data.{_name}", "torch.utils.data")
