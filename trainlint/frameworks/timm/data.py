"""timm's losses, mixup and loaders, after its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.losses import LossClass
from trainlint.frameworks.torchvision.layers.build import operation
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
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


IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


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
    """`create_loader(dataset, input_size, batch_size, is_training=False)`: shuffled and without the last rest if it trains.

    It gives the data set its transforms, and normalises there or in the loader.
    """
    given = args.bind("dataset", "input_size", "batch_size", "is_training")
    dataset = given.get("dataset", Unknown("dataset"))
    if isinstance(dataset, Instance):
        dataset.set_attr(run, "transform", _transform(run, args))
    training = given.get("is_training", Const(False))
    keywords = {
        "batch_size": given.get("batch_size", Unknown("batch_size")),
        "shuffle": training,
        "drop_last": training,
    }
    return run.call(
        run.library_name("torch.utils.data.DataLoader"),
        Args([dataset], keywords),
    )


def _transform(run: Interpreter, args: Args) -> Value:
    """Pictures resized or cut, as tensors, less the mean and divided by the deviation (ImageNet's where none is given)."""

    def make(name: str, *given: Value) -> Value:
        return run.call(run.library_name(f"torchvision.transforms.{name}"), Args(list(given)))

    def numbers(name: str, usual: tuple[float, ...]) -> Value:
        return args.keywords.get(name, TupleValue([Const(v) for v in usual]))

    normalised = make("Normalize", numbers("mean", IMAGENET_MEAN), numbers("std", IMAGENET_STD))
    size = args.keywords.get("input_size", Const(224))
    parts = [make("Resize", size), make("CenterCrop", size), make("ToTensor"), normalised]
    return make("Compose", ListValue(parts))
