"""fastai.losses: losses of torch.nn on flattened predictions and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Module
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.torch.losses import LossClass, apply
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class FlatLoss(LossClass):
    """A loss whose class axis is moved last, and whose other axes are made one. wide: the prediction keeps two axes;
    floats: the target is made floating-point."""

    __slots__ = ("floats", "wide")

    def __init__(
        self, name: str, takes: str | None, task: str, parameters: str, wide: bool, floats: bool
    ) -> None:
        super().__init__(f"fastai.losses.{name}", takes, task, "inp, targ", parameters)
        self.wide, self.floats = wide, floats

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.bind("inp", "targ")
        module: Module = instance.data
        options = dict(module.options)
        data: dict[str, Value] = {}
        if "inp" in given:
            data["input"] = self._flat(run, given["inp"], options["axis"].value)
        if "targ" in given:
            target = given["targ"]
            target = run.call_method(target, "flatten") if isinstance(target, Tensor) else target
            data["target"] = run.call_method(target, "float") if self._is_cast(target) else target
        return apply(
            run, self.qualname, self.takes, self.task, data, options, instance.location, instance.origin
        )

    def _is_cast(self, target: Value) -> bool:
        return self.floats and isinstance(target, Tensor)

    def _flat(self, run: Interpreter, value: Value, axis: object) -> Value:
        if not isinstance(value, Tensor):
            return value
        if not self.wide:
            return run.call_method(value, "flatten")
        if axis != -1:
            value = run.call_method(value, "transpose", Const(axis), Const(-1))
        known = value.shape if isinstance(value, Tensor) else None
        return (
            value
            if known is not None and len(known) < 3
            else run.call_method(value, "flatten", Const(0), Const(-2))
        )


_CROSS = "weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.0, *, axis=-1"
for _name, _takes, _task, _parameters, _wide, _floats in (
    ("CrossEntropyLossFlat", "logits", "multiclass", _CROSS, True, False),
    ("FocalLossFlat", "logits", "multiclass", "gamma=2.0, weight=None, reduction='mean', *, axis=-1", True, False),
    ("LabelSmoothingCrossEntropyFlat", "logits", "multiclass", "eps=0.1, weight=None, reduction='mean', *, axis=-1", True, False),
    ("LabelSmoothingCrossEntropy", "logits", "multiclass", "eps=0.1, weight=None, reduction='mean', *, axis=-1", True, False),
    ("BCEWithLogitsLossFlat", "logits", "binary",
     "weight=None, reduction='mean', pos_weight=None, *, axis=-1, floatify=True, thresh=0.5", False, True),
    ("BCELossFlat", "probabilities", "binary", "weight=None, reduction='mean', *, axis=-1, floatify=True", False, True),
    ("MSELossFlat", "values", "regression", "reduction='mean', *, axis=-1, floatify=True", False, True),
    ("L1LossFlat", "values", "regression", "reduction='mean', *, axis=-1, floatify=True", False, True),
):  # fmt: skip
    LIBRARY.add(FlatLoss(_name, _takes, _task, _parameters, _wide, _floats), f"fastai.{_name}")


def made(run: Interpreter, name: str, **options: Value) -> Value:
    """A loss that the library chooses by the kind of the targets."""
    return run.call(LIBRARY.entries[f"fastai.losses.{name}"], Args([], options))
