"""keras.applications: whole networks. The body is one node; the head that `include_top` adds is real.

Widths, head activations and input ranges are those of the library's sources (Keras 3.15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Module, Op, Shape
from trainlint.frameworks.keras.activations import activate
from trainlint.frameworks.keras.given_shapes import shape_of
from trainlint.frameworks.keras.layers import PRESENT, add_weight, flag, value
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.models import MODEL_CLASS, ModelClass, with_shape
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS, planned_input
from trainlint.frameworks.torch.layers import constant
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NETWORKS: dict[str, tuple[str, int, int, bool, str]] = {
    "VGG16": ("vgg16", 512, 224, False, "caffe"),
    "VGG19": ("vgg19", 512, 224, False, "caffe"),
    **{f"ResNet{n}": ("resnet", 2048, 224, True, "caffe") for n in (50, 101, 152)},
    **{f"ResNet{n}V2": ("resnet_v2", 2048, 224, True, "tf") for n in (50, 101, 152)},
    "InceptionV3": ("inception_v3", 2048, 299, True, "tf"),
    "InceptionResNetV2": ("inception_resnet_v2", 1536, 299, True, "tf"),
    "Xception": ("xception", 2048, 299, True, "tf"),
    "MobileNet": ("mobilenet", 1024, 224, True, "tf"),
    "MobileNetV2": ("mobilenet_v2", 1280, 224, True, "tf"),
    "MobileNetV3Small": ("mobilenet_v3", 576, 224, True, "own"),
    "MobileNetV3Large": ("mobilenet_v3", 960, 224, True, "own"),
    "DenseNet121": ("densenet", 1024, 224, True, "torch"),
    "DenseNet169": ("densenet", 1664, 224, True, "torch"),
    "DenseNet201": ("densenet", 1920, 224, True, "torch"),
    "NASNetMobile": ("nasnet", 1056, 224, True, "tf"),
    "NASNetLarge": ("nasnet", 4032, 331, True, "tf"),
    **{
        f"EfficientNetB{n}": ("efficientnet", w, size, True, "own")
        for n, (w, size) in enumerate(
            ((1280, 224), (1280, 240), (1408, 260), (1536, 300), (1792, 380), (2048, 456), (2304, 528), (2560, 600))
        )
    },
    **{
        f"EfficientNetV2{n}": ("efficientnet_v2", w, size, True, "own")
        for n, w, size in (
            ("B0", 1280, 224), ("B1", 1280, 240), ("B2", 1408, 260), ("B3", 1536, 300), ("S", 1280, 384),
            ("M", 1280, 480), ("L", 1280, 480),
        )
    },
    **{
        f"ConvNeXt{n}": ("convnext", w, 224, False, "own")
        for n, w in (("Tiny", 768), ("Small", 768), ("Base", 1024), ("Large", 1536), ("XLarge", 2048))
    },
}  # fmt: skip
"""Name -> (module, features, side of the usual input, batch norm inside, what preprocess_input does).

caffe: BGR minus means, from 0..255; tf: -1..1; torch: 0..1 normalised; own: the network scales 0..255 itself; "": not
known.
"""
RANGES: dict[str, tuple[float | None, float | None]] = {
    "tf": (-1.0, 1.0), "caffe": (-123.68, 151.061), "torch": (-2.118, 2.64), "own": (0.0, 255.0),
    "": (None, None),
}  # fmt: skip
"""The range that the pre-trained weights expect (imagenet_utils.py)."""


INSIDE: dict[str, tuple[str, ...]] = {
    "mobilenet": ("relu6",), "mobilenet_v2": ("relu6",), "mobilenet_v3": ("relu", "hardswish", "hardsigmoid"),
    "se_resnet": ("relu", "sigmoid"), "efficientnet": ("silu", "sigmoid"), "efficientnet_v2": ("silu", "sigmoid"), "convnext": ("gelu",),
}  # fmt: skip
"""The activations inside of a body where they are not relu alone; the gates of squeeze-and-excitation among them."""

USUAL = "include_top weights input_tensor input_shape pooling classes classifier_activation name"
ORDERS = {
    "mobilenet": "input_shape alpha depth_multiplier dropout include_top weights input_tensor pooling classes",
    "mobilenet_v2": "input_shape alpha include_top weights input_tensor pooling classes",
    "mobilenet_v3": "input_shape alpha minimalistic include_top weights input_tensor classes pooling",
    "nasnet": "input_shape include_top weights input_tensor pooling classes",
    "convnext": "include_top include_preprocessing weights input_tensor input_shape pooling classes",
}
"""Positions of the arguments, where they are not the usual ones."""
STRIDE = 32
"""By how much every body reduces each side of its input."""
UNPADDED = frozenset({"inception_v3", "inception_resnet_v2", "xception", "nasnet"})


def _sides(shape: Shape | None) -> tuple[int | None, int | None]:
    return (shape[1], shape[2]) if shape is not None and len(shape) == 4 else (None, None)


class ApplicationClass(ModelClass):
    """One architecture, as its constructor makes it."""

    __slots__ = ("row",)

    def __init__(self, name: str, row: tuple[str, int, int, bool, str]) -> None:
        super().__init__(f"keras.applications.{name}", (MODEL_CLASS,))
        self.op, self.name, self.row = Op.BACKBONE, name, row

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        order = ORDERS.get(self.row[0], USUAL).split()
        rest = (
            n for n in ("alpha", "classifier_activation", "include_preprocessing", "name") if n not in order
        )
        bound = args.bind(*order, *(f"{n}=" for n in rest))
        module: Module = instance.data
        module.op, module.name = Op.BACKBONE, self.name
        low, high = RANGES[self.row[4]]
        module.options = {
            "batchnorm": known(self.row[3]),
            "activations": known(INSIDE.get(self.row[0], ("relu",))),
            "norms": known(
                ("batchnorm",) if self.row[3] else ("layernorm",) if self.row[0] == "convnext" else ()
            ),
            "include_top": run.fact(bound.get("include_top", Const(True))),
            "pooling": run.fact(bound.get("pooling", Const(None))),
            "num_classes": run.fact(bound.get("classes", Const(1000))),
            "features": self._features(run, bound.get("alpha", Const(1.0))),
            "expects_low": known(low),
            "expects_high": known(high),
        }
        weights = bound.get("weights", Const("imagenet"))
        published = isinstance(weights, Const) and weights.value == "imagenet"
        run.write(module.state, "pretrained", weights.truth(run))
        run.write(module.state, "published", published)
        if "name" in bound:
            run.write(instance.attrs, "name", bound["name"])
        run.write(module.state, "head", bound.get("classifier_activation", Const("softmax")))
        add_weight(run, instance, "<body>", None, None, PRESENT)
        self._plan(run, instance, bound)

    def _plan(self, run: Interpreter, instance: Instance, bound: dict[str, Value]) -> None:
        """The symbolic input and output, which code builds a head on."""
        given = bound.get("input_tensor")
        if isinstance(given, Tensor):
            entry: Value = given
        else:
            shape: Shape | None = (None, self.row[2], self.row[2], 3)
            if "input_shape" in bound and not (isinstance(bound["input_shape"], Const)):
                inner = shape_of(run, bound["input_shape"])
                shape = None if inner is None else (None, *inner)
            elif value(instance.data.options, "include_top") is not True:
                shape = (None, None, None, 3)
            entry = planned_input(run, shape)
        run.write(instance.data.state, "built", True)
        result = self.called(run, instance, Args([entry]))
        run.write(instance.data.state, "input", entry)
        run.write(instance.data.state, "output", result)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        node = tensor_input(run, args.positional[0] if args.positional else None)
        declared = module.state.get("input")
        if isinstance(declared, Tensor):
            node = with_shape(run, node, declared.shape)
        top, pooling = flag(module.options, "include_top"), flag(module.options, "pooling")
        batch = node.shape[0] if node.shape else None
        wide = value(module.options, "features")
        features: Shape | None = (batch, wide)
        if top.value is True:
            classes = value(module.options, "num_classes")
            features = (batch, classes if isinstance(classes, int) else None)
        elif not pooling.known:
            features = None
        elif pooling.value is None:
            features = (batch, *(self._reduced(n) for n in _sides(node.shape)), wide)
        made = run.node(
            Op.BACKBONE,
            self.name,
            (node,),
            dict(module.options),
            features,
            module=module,
            location=module.location,
        )
        if top.value is not True:
            return Tensor(made, KERAS)
        return activate(run, module.state.get("head"), made, module)

    def _features(self, run: Interpreter, alpha: Value) -> Fact[object]:
        """The width of the body's output; `alpha` scales that of the first MobileNet, and may scale others'."""
        fact: Fact[object] = run.fact(alpha)
        if isinstance(fact.value, int | float) and fact.value == 1:
            return known(self.row[1])
        if self.row[0] == "mobilenet" and isinstance(fact.value, int | float):
            return known(int(self.row[1] * fact.value))
        if self.row[0] == "mobilenet_v2" and isinstance(fact.value, int | float) and fact.value < 1:
            return known(self.row[1])
        return unknown("alpha scales the network")

    def _reduced(self, side: int | None) -> int | None:
        """How many positions are left of a side; the bodies that pad nothing have sizes of their own."""
        if side is None or side % STRIDE or self.row[0] in UNPADDED:
            return None
        return side // STRIDE

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "layers":
            part = Instance(PART, run.here)
            PART.allocate(run, part)
            part.data.symbolic = True
            run.write(part.data.state, "network", instance)
            return ListValue([part], open=True)
        found = super().attribute(run, instance, name)
        if found is None and name in instance.data.options:
            return constant(instance.data.options[name])
        return found


class PartClass(ModelClass):
    """A layer of a body, which is not listed: freezing some of them leaves open which weights are learned."""

    __slots__ = ()

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        whole = instance.data.state.get("network")
        body = whole.attrs.get("<body>") if isinstance(whole, Instance) else None
        if name == "trainable" and isinstance(body, Tensor) and body.parameter is not None:
            run.write(body.parameter.state, "requires_grad", None)


PART = PartClass("keras.applications.Layer", (MODEL_CLASS,))


def _preprocess(mode: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        value = operand(args)
        node = run.as_node(value)
        if mode == "own":
            return value
        low, high = RANGES[mode]
        options: dict[str, Fact[object]] = {"mode": known(mode)}
        made = run.node(Op.SCALE, "preprocess_input", (node,), options, node.shape, low=low, high=high)
        flavor = value.flavor if isinstance(value, Tensor) else KERAS
        return Tensor(made, flavor)

    return handler


for _name, _row in NETWORKS.items():
    _cls = ApplicationClass(_name, _row)
    LIBRARY.add(_cls, f"keras.applications.{_row[0]}.{_name}")
    LIBRARY.function(f"keras.applications.{_row[0]}.preprocess_input")(_preprocess(_row[4]))
LIBRARY.alias("keras.applications.resnet50", "keras.applications.resnet")


@LIBRARY.function("keras.applications.imagenet_utils.preprocess_input")
def _by_mode(run: Interpreter, args: Args) -> Value:
    """`preprocess_input(x, mode="caffe")`"""
    mode = args.bind("x", "data_format", "mode").get("mode", Const("caffe"))
    if isinstance(mode, Const) and mode.value in RANGES:
        return _preprocess(str(mode.value))(run, args)
    return Unknown("preprocess_input()")
