"""detectron2.layers and detectron2.structures: convolutions with norm and activation, shapes, lists of images; fvcore's
initialisers.

Source: detectron2's documentation ("detectron2.layers", "detectron2.structures", fvcore.nn.weight_init).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.detectron2.building import UnseenClass
from trainlint.frameworks.detectron2.library import add, function
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


class ShapeClass(LibraryClass):
    """`ShapeSpec(channels, height, width, stride)`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("channels", "height", "width", "stride")
        for name in ("channels", "height", "width", "stride"):
            run.write(instance.attrs, name, given.get(name, _NONE))


add(ShapeClass("detectron2.layers.ShapeSpec"))


@function("get_norm")
def get_norm(run: Interpreter, args: Args) -> Value:
    """A normalisation by its name: `get_norm("BN", channels)`; nothing for an empty one."""
    given = args.bind("norm", "out_channels")
    norm, channels = given.get("norm", _NONE), given.get("out_channels", Unknown("channels"))
    if isinstance(norm, Const):
        if not norm.value:
            return _NONE
        if norm.value == "GN":
            return run.call(run.library_name("torch.nn.GroupNorm"), Args([Const(32), channels]))
        name = {"BN": "BatchNorm2d", "SyncBN": "SyncBatchNorm", "nnSyncBN": "SyncBatchNorm"}.get(
            str(norm.value)
        )
        if name is not None:
            return run.call(run.library_name(f"torch.nn.{name}"), Args([channels]))
        return run.call(UnseenClass(str(norm.value), False), Args())
    return run.call(norm, Args([channels]))


class ConvClass(ModuleClass):
    """`detectron2.layers.Conv2d`: a convolution, then `norm`, then `activation`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        rest = {k: v for k, v in args.keywords.items() if k not in ("norm", "activation")}
        inner = run.call(run.library_name("torch.nn.Conv2d"), Args(args.positional, rest, args.open))
        run.set_instance_attribute(instance, "conv", inner)
        for name in ("norm", "activation"):
            run.set_instance_attribute(instance, name, args.keywords.get(name, _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        inner = instance.attrs.get("conv")
        if (
            name in ("weight", "bias", "stride", "padding", "in_channels", "out_channels")
            and inner is not None
        ):
            return run.get_attr(inner, name)
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = run.call(instance.attrs["conv"], args)
        for name in ("norm", "activation"):
            step = instance.attrs.get(name, _NONE)
            if not (isinstance(step, Const) and step.value is None):
                value = run.call(step, Args([value]))
        return value


add(ConvClass("detectron2.layers.Conv2d", (NN_MODULE,)))
for _fill, _scheme, _options in (
    ("c2_msra_fill", "kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("c2_xavier_fill", "kaiming_uniform_", {"a": 1}),
):

    @function(_fill)
    def _fills(run: Interpreter, args: Args, scheme: str = _scheme, options: object = _options) -> Value:
        """fvcore.nn.weight_init: a scheme of Caffe2 for the weight, zero for the bias."""
        module = args.bind("module").get("module", _NONE)
        weight, bias = run.get_attr(module, "weight"), run.get_attr(module, "bias")
        assert isinstance(options, dict)
        run.call(
            run.library_name(f"torch.nn.init.{scheme}"),
            Args([weight], {k: Const(v) for k, v in options.items()}),
        )
        if isinstance(bias, Tensor):
            run.call(run.library_name("torch.nn.init.constant_"), Args([bias, Const(0)]))
        return _NONE


@function("cat")
def _cat(run: Interpreter, args: Args) -> Value:
    return run.call(run.library_name("torch.cat"), args)


class ImagesClass(LibraryClass):
    """ImageList: `ImageList.from_tensors(images, ...)` has `tensor` and `image_sizes`."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Native(name, _images) if name == "from_tensors" else super().get_attr(run, name)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind("tensor", "image_sizes").items():
            run.write(instance.attrs, name, value)


add(ImagesClass("detectron2.structures.ImageList"))


def _images(run: Interpreter, args: Args) -> Value:
    images = args.positional[0] if args.positional else _NONE
    items = images.iterate(run) if not isinstance(images, Const) else None
    first = (items.values[:1] or ([items.fresh()] if items.fresh else [])) if items is not None else []
    node = first[0].node if first and isinstance(first[0], Tensor) else None
    made = run.node(Op.BATCH, "images", (node,) if node is not None else (), attached=False)
    return Pictures(Tensor(made, TORCH))


class Pictures(Value):
    """An ImageList: `tensor`, padded to one size, and `image_sizes`."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        super().__init__()
        self.tensor = tensor

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "tensor":
            return self.tensor
        if name == "image_sizes":
            return ListValue([Unknown("a size")], open=True)
        return Unknown(f"images.{name}")
