"""Networks for masks, of an encoder with published weights, a decoder and a real head.

Encoder and decoder are one node each. Defaults are those of version 0.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Init, Module, Op, Shape
from trainlint.frameworks.segmentation.library import LIBRARY, PACKAGE
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.pretrained import BODY, UNLISTED, take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.layers.build import block, first_of, layer, mark, put, sequential
from trainlint.frameworks.torchvision.models import PART, STANDARDISED
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Architecture:
    """width: argument that says how many channels the decoder returns, and its default; kernel, upsampling: of the
    head; norms: of the decoder, None where an argument decides; order: positional arguments."""

    width: tuple[str, int]
    kernel: int = 3
    upsampling: int = 1
    norms: tuple[str, ...] | None = None
    order: tuple[str, ...] = ("encoder_name", "encoder_depth", "encoder_weights")


_WIDTH = "decoder_channels"
_WEIGHTS_FIRST = ("encoder_name", "encoder_weights", "encoder_depth")
ARCHITECTURES = {
    "Unet": Architecture((_WIDTH, 16)),
    "UnetPlusPlus": Architecture((_WIDTH, 16)),
    "MAnet": Architecture((_WIDTH, 16)),
    "Linknet": Architecture(("", 32), 1),
    "FPN": Architecture(("decoder_segmentation_channels", 128), 1, 4, ("groupnorm",)),
    "PSPNet": Architecture(("psp_out_channels", 512), 3, 8, order=_WEIGHTS_FIRST),
    "DeepLabV3": Architecture((_WIDTH, 256), 1, 8, ("batchnorm",)),
    "DeepLabV3Plus": Architecture((_WIDTH, 256), 1, 4, ("batchnorm",)),
    "PAN": Architecture((_WIDTH, 32), 3, 4, ("batchnorm",)),
    "UPerNet": Architecture((_WIDTH, 256), 1, 4),
    "Segformer": Architecture(("decoder_segmentation_channels", 256), 1, 4, ("batchnorm",)),
}
ENCODERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("resnet resnext densenet se_resn", "relu", ("batchnorm",)),
    ("mobilenet_v2", "relu6", ("batchnorm",)),
    ("efficientnet-b", "silu", ("batchnorm",)),
    ("vgg11_bn vgg13_bn vgg16_bn vgg19_bn", "relu", ("batchnorm",)),
    ("vgg", "relu", ()),
)
"""Beginnings of names; activation of the hidden layers; normalisation. Their `imagenet` weights expect inputs in
ImageNet's mean and deviation."""
LISTED_ACTIVATIONS = {"sigmoid": "Sigmoid", "softmax": "Softmax", "logsoftmax": "LogSoftmax", "tanh": "Tanh"}


class BodyClass(ModuleClass):
    """An encoder or decoder: one node."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        inputs = (tensor_input(run, first_of(args)),)
        pictures = next((n.inputs[0] for n in inputs if n.op is Op.BACKBONE and n.inputs), inputs[0])
        shape = _scaled(pictures.shape, module.state.get("width"), module.state.get("stride"))
        node = run.node(Op.BACKBONE, self.name, inputs, shape=shape, module=module, location=module.location)
        return Tensor(node, TORCH)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        if found is not None or name.startswith("_"):
            return found
        if name in ("out_channels", "output_stride", "name"):
            return Unknown(f"{name} of an encoder")
        part = Instance(PART, run.here)
        PART.allocate(run, part)
        part.data.symbolic = True
        for key in ("pretrained", "published"):
            part.data.state[key] = instance.data.state.get(key, False)
        add_parameter(run, part, "<part>", None)
        run.set_instance_attribute(instance, name, part)
        return part


def _scaled(shape: Shape | None, width: int | None, stride: int | None) -> Shape | None:
    """Of a batch of pictures: what the decoder returns, a whole number of times smaller."""
    if shape is None or len(shape) != 4 or stride is None:
        return None
    return (shape[0], width, *(n // stride if n is not None else None for n in shape[2:]))


ENCODER = BodyClass(f"{PACKAGE}.encoders.Encoder", (NN_MODULE,), Op.BACKBONE, "encoder")
DECODER = BodyClass(f"{PACKAGE}.decoders.Decoder", (NN_MODULE,), Op.BACKBONE, "decoder")


class SegmentationClass(ModuleClass):
    """One architecture."""

    __slots__ = ("plan",)

    def __init__(self, name: str, plan: Architecture) -> None:
        super().__init__(f"{PACKAGE}.{name}", (NN_MODULE,))
        self.plan = plan

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = {**args.keywords, **args.bind(*self.plan.order)}
        unseen = args.open or len(args.positional) > len(self.plan.order)

        def option(name: str, default: object) -> Value:
            return given.get(name, Unknown(name) if unseen else Const(default))

        width = _width(option(self.plan.width[0], self.plan.width[1]))
        upsampling = option("upsampling", self.plan.upsampling)
        put(run, instance, {
            "encoder": _encoder(run, option("encoder_name", "resnet34"), option("encoder_weights", "imagenet")),
            "decoder": self._decoder(run, given, unseen, width, upsampling),
            "segmentation_head": self._head(run, width, option, upsampling),
            "classification_head": _classification(run, option("aux_params", None)),
        })  # fmt: skip

    def _decoder(
        self, run: Interpreter, given: dict[str, Value], unseen: bool, width: int | None, upsampling: Value
    ) -> Value:
        decoder = block(run, DECODER, {})
        options: dict[str, Fact[Any]] = {"activations": known(("relu",))}
        chosen = [
            given[k] for k in ("decoder_use_norm", "decoder_use_batchnorm", "psp_use_batchnorm") if k in given
        ]
        plain = all(isinstance(v, Const) and v.value in (True, "batchnorm") for v in chosen) and not unseen
        norms = self.plan.norms if self.plan.norms is not None else ("batchnorm",) if plain else None
        if norms is not None:
            options |= {"norms": known(norms), "batchnorm": known("batchnorm" in norms)}
        decoder.data.options = options
        times = upsampling.value if isinstance(upsampling, Const) else None
        decoder.data.state |= {"width": width, "stride": times if isinstance(times, int) else None}
        _weights(run, decoder, "he")
        return decoder

    def _head(self, run: Interpreter, width: int | None, option: Any, upsampling: Value) -> Value:
        wide: Value = Const(width) if width is not None else Unknown("the width of a decoder")
        kernel = self.plan.kernel
        conv = layer(run, "Conv2d", wide, option("classes", 1), kernel, padding=kernel // 2)
        larger = upsampling.value if isinstance(upsampling, Const) else 2
        scale = (
            layer(run, "Upsample", scale_factor=upsampling, mode=Const("bilinear"), align_corners=True)
            if isinstance(larger, int) and larger > 1
            else layer(run, "Identity")
        )
        head = sequential(run, [conv, scale, _activation(run, option("activation", None))])
        if isinstance(conv, Instance):
            _start(run, conv, "xavier")
        return head

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = first_of(args)
        for name in ("encoder", "decoder", "segmentation_head"):
            value = run.call(run.get_attr(instance, name), Args([value]))
        labels = instance.attrs.get("classification_head")
        if labels is None or (isinstance(labels, Const) and labels.value is None):
            return value
        return TupleValue([value, Unknown("the labels of a network")])

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "predict":
            return Native(name, lambda r, args: _predict(r, instance, args))
        return super().attribute(run, instance, name)


def _predict(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`predict(x)`: evaluation mode, without a graph."""
    run.call_method(instance, "eval")
    before = run.grad_enabled
    run.set_grad(False)
    result = run.call(instance, args)
    run.set_grad(before)
    return result


def _encoder(run: Interpreter, name: Value, weights: Value) -> Value:
    encoder = block(run, ENCODER, {})
    text = name.value if isinstance(name, Const) and isinstance(name.value, str) else ""
    row = next((row for row in ENCODERS if text and text.startswith(tuple(row[0].split()))), None)
    options: dict[str, Fact[Any]] = {"encoder_name": run.fact(name)}
    if row is not None:
        options |= {"activations": known((row[1],)), "norms": known(row[2]), "batchnorm": known(bool(row[2]))}
        if isinstance(weights, Const) and weights.value == "imagenet":
            options |= {"expects_low": known(STANDARDISED[0]), "expects_high": known(STANDARDISED[1])}
    encoder.data.options = options
    _weights(run, encoder, None)
    fact = run.fact(weights)
    take(run, encoder, fact.value is not None if fact.known else None, published=True)
    return encoder


def _weights(run: Interpreter, instance: Instance, scheme: str | None) -> None:
    """One tensor in place of the weights of a body."""
    add_parameter(run, instance, BODY, None)
    run.write(instance.data.state, UNLISTED, "torch.nn.Conv2d")
    if scheme is not None:
        inits = (Init(scheme, instance.location),)
        run.write(instance.data.parameters[BODY].state, "inits", inits)


def _start(run: Interpreter, conv: Instance, scheme: str) -> None:
    """The head's own initialisation; it is the library's."""
    mark(run, conv)
    for name, how in (("weight", scheme), ("bias", "zeros")):
        parameter = conv.data.parameters.get(name)
        if parameter is not None:
            run.write(parameter.state, "inits", (Init(how, parameter.location),))


def _width(value: Value) -> int | None:
    """A number of channels, or the last of several."""
    if isinstance(value, TupleValue | ListValue) and value.elements:
        value = value.elements[-1]
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None


def _activation(run: Interpreter, chosen: Value) -> Value:
    """The head's activation: a name, a class, or none."""
    if not isinstance(chosen, Const):
        made = run.call(chosen, Args()) if not isinstance(chosen, Unknown) else chosen
        return made if isinstance(made, Instance) else Unknown("the activation of a head")
    if chosen.value is None or chosen.value == "identity":
        return layer(run, "Identity")
    if chosen.value == "softmax2d":
        return layer(run, "Softmax", dim=1)
    kind = LISTED_ACTIVATIONS.get(str(chosen.value))
    return layer(run, kind) if kind is not None else Unknown("the activation of a head")


def _classification(run: Interpreter, given: Value) -> Value:
    """The second head, where `aux_params` asks for one."""
    if isinstance(given, Const) and given.value is None:
        return given
    entries = given.strings() if isinstance(given, DictValue) else {}
    classes = entries.get("classes", Unknown("the number of classes"))
    return sequential(run, [
        layer(run, "AdaptiveAvgPool2d", 1), layer(run, "Flatten"), layer(run, "Dropout", p=entries.get("dropout", Const(0.2))),
        layer(run, "Linear", Unknown("the width of an encoder"), classes), _activation(run, entries.get("activation", Const(None))),
    ])  # fmt: skip


for _name, _plan in ARCHITECTURES.items():
    LIBRARY.add(SegmentationClass(_name, _plan))


@LIBRARY.function(f"{PACKAGE}.create_model")
def _create(run: Interpreter, args: Args) -> Value:
    """`create_model("unet", encoder_name=..., classes=...)`"""
    names = ("arch", "encoder_name", "encoder_weights", "in_channels", "classes")
    given = {**args.keywords, **args.bind(*names)}
    arch = given.pop("arch", None)
    text = arch.value.lower() if isinstance(arch, Const) and isinstance(arch.value, str) else ""
    found = next((name for name in ARCHITECTURES if name.lower() == text), None)
    if found is None:
        return Unknown("create_model()")
    return run.call(run.library_name(f"{PACKAGE}.{found}"), Args([], given, args.open))
