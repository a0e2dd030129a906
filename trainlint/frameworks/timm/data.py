"""timm's losses, mixup and loaders, after its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.losses import LossClass
from trainlint.frameworks.torchvision.layers.build import operation
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NONE = Const(None)

for _name, _options in (
    ("LabelSmoothingCrossEntropy", "smoothing=0.1"), ("SoftTargetCrossEntropy", ""),
    ("JsdCrossEntropy", "num_splits=3, alpha=12, smoothing=0.1"),
):  # fmt: skip
    for _place in ("timm.loss", "timm.loss.cross_entropy"):
        LIBRARY.add(
            LossClass(f"timm.loss.{_name}", "logits", "multiclass", "x, target", _options),
            f"{_place}.{_name}",
        )
LIBRARY.add(
    LossClass(
        "timm.loss.BinaryCrossEntropy",
        "logits",
        "binary",
        "x, target",
        "smoothing=0.1, target_threshold=None",
    )
)


class Mixup(LibraryClass):
    """`samples, targets = mixup_fn(samples, targets)`: mixed pictures, and a share for each class."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = "mixup_alpha, cutmix_alpha, cutmix_minmax, prob, switch_prob, mode, correct_lam, label_smoothing, num_classes"
        given = signature(table).bind(args)
        run.write(instance.attrs, "num_classes", given.get("num_classes", Const(1000)))

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.bind("x", "target")
        x, target = given.get("x", Unknown("x")), given.get("target", Unknown("target"))
        shape = x.shape if isinstance(x, Tensor) else None
        mixed = operation(run, instance, Op.AUGMENT, "mixup", [x], shape)
        soft = operation(run, instance, Op.UNKNOWN, "soft_targets", [target])
        return TupleValue([mixed, soft])


LIBRARY.add(Mixup("timm.data.Mixup"), "timm.data.mixup.Mixup")


@LIBRARY.function("timm.data.create_loader", "timm.data.loader.create_loader")
def create_loader(run: Interpreter, args: Args) -> Value:
    """`create_loader(dataset, input_size, batch_size, is_training=False)`: shuffled and without the last rest if it trains."""
    given = args.bind("dataset", "input_size", "batch_size", "is_training")
    training = given.get("is_training", Const(False))
    keywords = {
        "batch_size": given.get("batch_size", Unknown("batch_size")),
        "shuffle": training,
        "drop_last": training,
    }
    return run.call(
        run.library_name("torch.utils.data.DataLoader"),
        Args([given.get("dataset", Unknown("dataset"))], keywords),
    )
