"""torchmetrics: metric objects and functions. There are too many to list, and all work alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts import training
from trainlint.facts.graph import Op
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

CLASSIFICATION = (
    "Accuracy", "AUROC", "AveragePrecision", "CohenKappa", "ConfusionMatrix", "F1Score", "FBetaScore", "JaccardIndex",
    "MatthewsCorrCoef", "Precision", "Recall", "Specificity", "StatScores",
)  # fmt: skip
REGRESSION = (
    "ExplainedVariance", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogError", "PearsonCorrCoef", "R2Score", "RelativeSquaredError", "SpearmanCorrCoef",
    "SymmetricMeanAbsolutePercentageError", "WeightedMeanAbsolutePercentageError",
)  # fmt: skip
"""By the sections of torchmetrics' documentation; BinaryAccuracy, MulticlassAccuracy and MultilabelAccuracy count as
Accuracy."""
_KINDS = ("Binary", "Multiclass", "Multilabel")


def _task(qualname: str) -> str:
    name = qualname.rsplit(".", 1)[-1]
    for kind in _KINDS:
        name = name.removeprefix(kind)
    if name in CLASSIFICATION:
        return "classification"
    return "regression" if name in REGRESSION else "other"


class Metric(LibraryClass):
    """A metric object: given predictions and targets, its value is a tensor of unknown meaning."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """Options say how it averages, which is of no concern here."""

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        _note(run, self.qualname, args)
        return measured(run, args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "forward":
            return Native(
                f"torchmetrics.{name}", lambda r, args: self.invoke(r, instance, args) or Const(None)
            )
        if name == "compute":
            return Native(f"torchmetrics.{name}", measured)
        if name in ("to", "cuda", "cpu", "clone"):
            return Native(f"torchmetrics.{name}", lambda r, args: instance)
        if name == "update":
            return Native(f"torchmetrics.{name}", lambda r, args: _note(r, self.qualname, args))
        if name in ("reset", "plot", "eval", "train"):
            return Native(f"torchmetrics.{name}", lambda r, args: Const(None))
        return Unknown(f"torchmetrics metric.{name}")


def _note(run: Interpreter, qualname: str, args: Args) -> Value:
    """Put it on the program's record with what it compares."""
    given = args.bind("preds", "target")
    metric = training.Metric(qualname, _task(qualname), run.here)
    if "preds" in given and "target" in given:
        metric.prediction, metric.target = run.as_node(given["preds"]), run.as_node(given["target"])
    run.program.metrics.append(metric)
    return Const(None)


def measured(run: Interpreter, args: Args) -> Value:
    """The value of a metric of these tensors."""
    nodes = tuple(node for value in args.values() for node in leaves(value))
    return Tensor(run.node(Op.UNKNOWN, "metric", nodes), TORCH)


_CLASSES: dict[str, Metric] = {}


def named(qualname: str) -> Value | None:
    """A class by any of its places (`torchmetrics.Accuracy`, `torchmetrics.classification.Accuracy`), or a function."""
    parts = qualname.split(".")
    if parts[-1][0].isupper():
        name = f"torchmetrics.{parts[-1]}"
        return _CLASSES.setdefault(name, Metric(name))
    return Native(qualname, measured) if len(parts) > 2 and parts[1] == "functional" else None
