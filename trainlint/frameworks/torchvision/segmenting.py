"""torchvision.models.segmentation: a ResNet's true layers, and the heads that code replaces.

Widths are those of the library's source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torchvision.bodies import classes_of, resnet_body, weights_of
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    block,
    conv,
    first_of,
    joined,
    layer,
    mark,
    operation,
    pooled,
    put,
    sequential,
    shape_of,
    through,
)
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SEGMENTATION = "torchvision.models.segmentation"


def _normal(run: Interpreter, wide: int, width: int, kernel: int, dilation: int = 1) -> list[Value]:
    padding = dilation if kernel == 3 else 0
    made = layer(run, "Conv2d", wide, width, kernel, padding=padding, dilation=dilation, bias=False)
    return [made, layer(run, "BatchNorm2d", width), layer(run, "ReLU")]


def _all_rates(run: Interpreter, instance: Instance, value: Value) -> Value:
    shape = shape_of(value, 4)
    branches: list[Value] = [through(run, instance, value, (f"conv{n}",)) for n in range(4)]
    whole = through(run, instance, pooled(run, instance, value), ("pooling",))
    wide = (shape[0], 256, *shape[2:]) if shape else None
    branches.append(operation(run, instance, Op.RESHAPE, "interpolate", [whole], wide))
    return through(run, instance, joined(run, instance, branches), ("project",))


PYRAMID = BlockClass("torchvision.models.segmentation.deeplabv3.ASPP", _all_rates)


def _pyramid(run: Interpreter) -> Value:
    rates = {
        f"conv{n}": sequential(run, _normal(run, 2048, 256, 3 if d > 1 else 1, d))
        for n, d in enumerate((1, 12, 24, 36))
    }
    return block(run, PYRAMID, {
        **rates, "pooling": sequential(run, _normal(run, 2048, 256, 1)),
        "project": sequential(run, [*_normal(run, 5 * 256, 256, 1), layer(run, "Dropout", 0.5)]),
    })  # fmt: skip


def _fcn_head(run: Interpreter, wide: int, classes: Value) -> Value:
    inner = wide // 4
    return sequential(
        run,
        [*_normal(run, wide, inner, 3), layer(run, "Dropout", 0.1), conv(run, inner, classes, 1, bias=True)],
    )


class SegmenterClass(ModuleClass):
    """`deeplabv3_resnet50(...)`: returns {"out": ..., "aux": ...}, of the pictures' size."""

    __slots__ = ("body", "deep")

    def __init__(self, name: str, body: str, deep: bool) -> None:
        super().__init__(f"{SEGMENTATION}.{name}", (NN_MODULE,), None, name)
        self.body, self.deep = body, deep

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        whole, body = weights_of(run, args)
        classes = classes_of(args, 21)
        if self.deep:
            layers = [_pyramid(run), *_normal(run, 256, 256, 3), conv(run, 256, classes, 1, bias=True)]
            head = sequential(run, layers)
        else:
            head = _fcn_head(run, 2048, classes)
        auxiliary = args.keywords.get("aux_loss", Const(None)).truth(run)
        put(run, instance, {"backbone": resnet_body(run, self.body, body), "classifier": head})
        wanted = auxiliary is True or (auxiliary is not None and whole is True)
        put(run, instance, {"aux_classifier": _fcn_head(run, 1024, classes) if wanted else Const(None)})
        mark(run, instance)
        if whole is not False:
            take(run, instance, whole, published=True)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        pictures = first_of(args)
        body = instance.attrs["backbone"]
        features = run.call(body, Args([pictures]))
        found: dict[str, Value] = {"out": self._resized(run, instance, "classifier", features, pictures)}
        auxiliary = instance.attrs.get("aux_classifier")
        if isinstance(auxiliary, Instance):
            found["aux"] = self._resized(
                run, instance, "aux_classifier", _narrow(run, instance, features), pictures
            )
        return DictValue.of(found)

    def _resized(
        self, run: Interpreter, instance: Instance, head: str, features: Value, pictures: Value
    ) -> Value:
        value = through(run, instance, features, (head,))
        mine, size = shape_of(value, 4), shape_of(pictures, 4)
        shape = (mine[0], mine[1], *size[2:]) if mine and size else None
        return operation(run, instance, Op.RESHAPE, "interpolate", [value], shape)


def _narrow(run: Interpreter, instance: Instance, features: Value) -> Value:
    """What the third stage returns: half as wide as the fourth."""
    shape = shape_of(features, 4)
    return operation(
        run, instance, Op.INDEX, "stage", [features], (shape[0], 1024, *shape[2:]) if shape else None
    )


for _name, _resnet, _deep in (
    ("deeplabv3_resnet50", "resnet50", True), ("deeplabv3_resnet101", "resnet101", True),
    ("fcn_resnet50", "resnet50", False), ("fcn_resnet101", "resnet101", False),
):  # fmt: skip
    _module = "deeplabv3" if _deep else "fcn"
    LIBRARY.add(SegmenterClass(_name, _resnet, _deep), f"{SEGMENTATION}.{_module}.{_name}")
