"""Loss functions of torch.nn and torch.nn.functional: what each takes, for which task, and what it records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Op
from trainlint.facts.training import Loss
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.model import Location
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_OLD = "size_average=None, reduce=None, reduction='mean'"
_WEIGHTED = f"weight=None, {_OLD}"

_TABLE: tuple[tuple[str, str, str | None, str, str, str], ...] = (
    ("CrossEntropyLoss", "cross_entropy", "logits", "multiclass", "input, target",
     "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0.0"),
    ("NLLLoss", "nll_loss", "log_probabilities", "multiclass", "input, target",
     "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean'"),
    ("NLLLoss2d", "", "log_probabilities", "multiclass", "input, target",
     "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean'"),
    ("BCELoss", "binary_cross_entropy", "probabilities", "binary", "input, target", _WEIGHTED),
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "logits", "binary", "input, target",
     f"{_WEIGHTED}, pos_weight=None"),
    ("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", "logits", "binary", "input, target", _WEIGHTED),
    ("MSELoss", "mse_loss", "values", "regression", "input, target", _OLD),
    ("L1Loss", "l1_loss", "values", "regression", "input, target", _OLD),
    ("SmoothL1Loss", "smooth_l1_loss", "values", "regression", "input, target", f"{_OLD}, beta=1.0"),
    ("HuberLoss", "huber_loss", "values", "regression", "input, target", "reduction='mean', delta=1.0"),
    ("GaussianNLLLoss", "gaussian_nll_loss", "values", "regression", "input, target, var",
     "*, full=False, eps=1e-06, reduction='mean'"),
    ("PoissonNLLLoss", "poisson_nll_loss", "values", "other", "input, target",
     "log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'"),
    ("KLDivLoss", "kl_div", "log_probabilities", "other", "input, target", f"{_OLD}, log_target=False"),
    ("CTCLoss", "ctc_loss", "log_probabilities", "other", "log_probs, targets, input_lengths, target_lengths",
     "blank=0, reduction='mean', zero_infinity=False"),
    ("MultiMarginLoss", "multi_margin_loss", "values", "multiclass", "input, target",
     f"p=1, margin=1.0, {_WEIGHTED}"),
    ("MultiLabelMarginLoss", "multilabel_margin_loss", "values", "other", "input, target", _OLD),
    ("SoftMarginLoss", "soft_margin_loss", "values", "binary", "input, target", _OLD),
    ("HingeEmbeddingLoss", "hinge_embedding_loss", "values", "other", "input, target", f"margin=1.0, {_OLD}"),
    ("CosineEmbeddingLoss", "cosine_embedding_loss", "values", "other", "input1, input2, target",
     f"margin=0.0, {_OLD}"),
    ("MarginRankingLoss", "margin_ranking_loss", "values", "other", "input1, input2, target",
     f"margin=0.0, {_OLD}"),
    ("TripletMarginLoss", "triplet_margin_loss", "values", "other", "anchor, positive, negative",
     f"margin=1.0, p=2.0, eps=1e-06, swap=False, {_OLD}"),
    ("TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss", "values", "other",
     "anchor, positive, negative", "*, distance_function=None, margin=1.0, swap=False, reduction='mean'"),
)  # fmt: skip
"""Class in torch.nn, function in torch.nn.functional, what its first argument must be, the task, the data, options."""

_OF_FUNCTION = {
    "mse_loss": f"{_OLD}, weight=None",
    "l1_loss": f"{_OLD}, weight=None",
    "huber_loss": "reduction='mean', delta=1.0, weight=None",
    "gaussian_nll_loss": "full=False, eps=1e-06, reduction='mean'",
    "cosine_embedding_loss": f"margin=0, {_OLD}",
    "margin_ranking_loss": f"margin=0, {_OLD}",
    "triplet_margin_loss": f"margin=1.0, p=2, eps=1e-06, swap=False, {_OLD}",
}
"""Options of functions that differ from those of their class."""


def apply(
    run: Interpreter,
    name: str,
    takes: str | None,
    task: str,
    data: dict[str, Value],
    options: dict[str, Fact[Any]],
    constructor: Location | None = None,
    origin: Origin = (),
) -> Tensor:
    """One application of a loss: node, fact and event. data: the tensors in order, the prediction first."""
    nodes = {key: run.as_node(value) for key, value in data.items()}
    short = name.rsplit(".", 1)[-1]
    reduction = options.get("reduction")
    scalar = reduction is not None and reduction.value in ("mean", "sum", "batchmean")
    node = run.node(
        Op.LOSS, short, tuple(nodes.values()), options, () if scalar else None, attached=_attached(run, data)
    )
    node.origin = origin
    order = list(nodes)
    target = next((key for key in ("target", "targets") if key in nodes), None)
    loss = Loss(
        name=name,
        location=node.location,
        takes=takes,
        task=task,
        prediction=nodes[order[0]] if order else None,
        target=nodes[target] if target else None,
        output=node,
        constructor=constructor,
        options=options,
        origin=origin,
    )
    run.program.losses.append(loss)
    if run.program.framework == "other":
        run.program.framework = "torch"
    run.event(EventKind.LOSS, loss)
    return Tensor(node, TORCH)


def _attached(run: Interpreter, data: dict[str, Value]) -> bool:
    """Whether gradients flow through the loss; an operand that is not known is taken to carry them."""
    tensors = [v for v in data.values() if isinstance(v, Tensor)]
    unknown = len(tensors) < len(data)
    return run.grad_enabled is not False and (unknown or any(t.node.attached for t in tensors))


def data_arguments(names: Iterable[str], args: Args) -> dict[str, Value]:
    """The tensors of a loss call by their documented names (those that are given)."""
    return args.bind(*names)


class LossBase(ModuleClass):
    """What the losses of torch.nn extend, and those of projects: a module that keeps how it reduces."""

    __slots__ = ("parameters",)

    def __init__(self, name: str, parameters: str, above: ModuleClass) -> None:
        super().__init__(f"torch.nn.{name}", (above,))
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        bound = signature(self.parameters).bind(args)
        for name in ("weight", "reduction"):
            if name in bound or name in self.parameters:
                run.write(
                    instance.attrs, name, bound.get(name, Const("mean" if name == "reduction" else None))
                )


LOSS_BASE = LossBase("_Loss", "size_average=None, reduce=None, reduction='mean'", NN_MODULE)
WEIGHTED_LOSS = LossBase(
    "_WeightedLoss", "weight=None, size_average=None, reduce=None, reduction='mean'", LOSS_BASE
)
LIBRARY.add(LOSS_BASE)
LIBRARY.add(WEIGHTED_LOSS)


class LossClass(ModuleClass):
    """A loss of torch.nn: an nn.Module whose call is recorded as a loss instead of a forward pass."""

    __slots__ = ("arguments", "parameters", "takes", "task")

    def __init__(self, qualname: str, takes: str | None, task: str, arguments: str, parameters: str) -> None:
        super().__init__(qualname, (LOSS_BASE,), Op.LOSS, qualname.rsplit(".", 1)[-1])
        self.takes, self.task = takes, task
        self.arguments = tuple(arguments.split(", "))
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = table.bind(args)
        module: Module = instance.data
        module.options = table.facts(run, bound)
        for name, value in bound.items():
            run.write(instance.attrs, name, value)

    def called(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        rewritten = run.class_attribute(instance.cls, "forward") is not None or "forward" in instance.attrs
        return super().called(run, instance, args) if rewritten else self.forward(run, instance, args)

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        return self.forward(run, instance, args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        if found is None and name in instance.data.options:
            fact = instance.data.options[name]
            return Const(fact.value, fact.origin) if fact.known else Unknown(fact.why)
        return found

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        if not self._may_take(args):
            run.escape_args(args, self.qualname)
            return Unknown(f"{self.qualname} takes no such arguments")
        module: Module = instance.data
        data = data_arguments(self.arguments, args)
        place = instance.location
        return apply(
            run, self.qualname, self.takes, self.task, data, dict(module.options), place, instance.origin
        )

    def _may_take(self, args: Args) -> bool:
        """Whether the call can be one of this loss: what another branch puts in its place may take more. The tables of
        other libraries name only the arguments that matter."""
        return len(args.values()) <= len(self.arguments) or not self.qualname.startswith("torch.nn.")


def loss_function(
    library: TableLibrary, qualname: str, takes: str | None, task: str, arguments: str, options: str
) -> None:
    """Register a loss function of a library; arguments: its tensors, the prediction first."""
    names = tuple(arguments.split(", "))

    @library.function(qualname)
    def call(run: Interpreter, args: Args) -> Value:
        table = signature(f"{arguments}, {options}")
        bound = table.bind(args)
        data = {name: bound[name] for name in names if name in bound}
        return apply(run, qualname, takes, task, data, table.facts(run, bound, skip=names))


for _class, _function, _takes, _task, _arguments, _options in _TABLE:
    LIBRARY.add(LossClass(f"torch.nn.{_class}", _takes, _task, _arguments, _options))
    if _function:
        _own = _OF_FUNCTION.get(_function, _options)
        loss_function(LIBRARY, f"torch.nn.functional.{_function}", _takes, _task, _arguments, _own)
