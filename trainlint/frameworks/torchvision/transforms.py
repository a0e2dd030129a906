"""torchvision.transforms, version 1 and 2: what each does to the units of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.module import NN_MODULE
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Flavor, Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

GEOMETRIC = [
    "Resize",
    "CenterCrop",
    "RandomCrop",
    "RandomResizedCrop",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "RandomRotation",
    "RandomAffine",
    "ColorJitter",
    "Grayscale",
    "RandomGrayscale",
    "Pad",
    "FiveCrop",
    "TenCrop",
    "GaussianBlur",
    "RandomPerspective",
    "RandomErasing",
    "RandAugment",
    "AutoAugment",
    "TrivialAugmentWide",
    "AugMix",
    "RandomAdjustSharpness",
    "RandomAutocontrast",
    "RandomEqualize",
    "RandomInvert",
    "RandomPosterize",
    "RandomSolarize",
    "ElasticTransform",
    "RandomZoomOut",
    "RandomIoUCrop",
    "ScaleJitter",
    "RandomShortestSize",
    "RandomPhotometricDistort",
    "RandomChannelPermutation",
    "JPEG",
    "RandomResize",
]
TO_TENSOR = "totensor"


def _bytes(node_high: float | None) -> bool:
    return node_high is None or node_high > 1


def to_tensor(run: Interpreter, tensor: Tensor) -> Tensor:
    """ToTensor: pictures and byte arrays become floats of 0 to 1."""
    return Tensor(run.node(Op.SCALE, TO_TENSOR, (tensor.node,), attached=False, low=0, high=1), TORCH)


def cast(run: Interpreter, tensor: Tensor, name: str, flavor: Flavor = TORCH) -> Tensor:
    """Another container or number type, in the same units."""
    node = run.node(
        Op.CAST, name, (tensor.node,), {}, tensor.shape, low=tensor.node.low, high=tensor.node.high
    )
    return Tensor(node, flavor)


def normalised(run: Interpreter, tensor: Tensor, args: Args) -> Tensor:
    """Normalize: minus mean, by standard deviation."""
    options = {k: run.fact(v) for k, v in args.bind("mean", "std").items()}
    return tensor.make(run.node(Op.SCALE, "normalize", (tensor.node,), options, tensor.shape, attached=False))


def changed(run: Interpreter, tensor: Tensor, name: str) -> Tensor:
    """A change that keeps the units."""
    return tensor.make(run.node(Op.AUGMENT, name, (tensor.node,), low=tensor.node.low, high=tensor.node.high))


class TransformClass(LibraryClass):
    """One transform; the name decides what calling it does."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(f"torchvision.transforms.{name}", (NN_MODULE,))
        self.name = name

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.attrs["<args>"] = TupleValue(args.positional, open=args.open)
        instance.attrs["<keywords>"] = DictValue.of(args.keywords)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        results = [self._one(run, instance, value) for value in args.positional]
        return results[0] if len(results) == 1 else TupleValue(results)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("__call__", "forward"):
            return Native(
                f"{self.qualname}.{name}", lambda r, args: self.invoke(r, instance, args) or Unknown(name)
            )
        return super().attribute(run, instance, name)

    def _one(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        given = self._given(instance)
        if self.name in ("Compose", "RandomApply", "RandomOrder", "RandomChoice"):
            return self._chain(run, given, value)
        if self.name == "Lambda":
            function = given.bind("lambd").get("lambd")
            return run.call(function, Args([value])) if function is not None else Unknown("Lambda")
        if not isinstance(value, Tensor):
            return value if isinstance(value, Const) else Unknown(f"{self.name} of {value.describe()}")
        if self.name == "ToTensor":
            return to_tensor(run, value)
        if self.name == "Normalize":
            return normalised(run, value, given)
        if self.name in ("ConvertImageDtype", "ConvertDtype"):
            return to_tensor(run, value) if _bytes(value.node.high) else value
        if self.name == "ToDtype":
            scale = given.bind("dtype", "scale").get("scale")
            scales = scale is not None and scale.truth(run)
            return (
                to_tensor(run, value) if scales and _bytes(value.node.high) else cast(run, value, self.name)
            )
        if self.name in ("PILToTensor", "ToImage", "ToPureTensor", "ToPILImage", "ToImageTensor"):
            return cast(run, value, self.name)
        return changed(run, value, self.name)

    @staticmethod
    def _given(instance: Instance) -> Args:
        positional, keywords = instance.attrs.get("<args>"), instance.attrs.get("<keywords>")
        elements = list(positional.elements) if isinstance(positional, TupleValue) else []
        return Args(elements, keywords.strings() if isinstance(keywords, DictValue) else {})

    def _chain(self, run: Interpreter, given: Args, value: Value) -> Value:
        """Each step in turn; steps that may be left out keep the units or are a union."""
        steps = given.bind("transforms").get("transforms")
        if isinstance(steps, Instance):
            steps = steps.attrs.get("<args>") or steps
        if not isinstance(steps, ListValue | TupleValue):
            return Unknown(f"{self.name} of unknown steps")
        before = value
        for step in steps.elements:
            value = run.call(step, Args([value]))
        if steps.open:
            return Unknown("a transform with unknown steps")
        return value if self.name == "Compose" else run.join(before, value)


for _name in (
    *GEOMETRIC, "Compose", "RandomApply", "RandomOrder", "RandomChoice", "Lambda", "ToTensor", "Normalize",
    "ConvertImageDtype", "ConvertDtype", "ToDtype", "PILToTensor", "ToImage", "ToPureTensor", "ToPILImage",
    "ToImageTensor", "Identity",
):  # fmt: skip
    LIBRARY.add(TransformClass(_name))


def _functional(name: str) -> None:
    @LIBRARY.function(f"torchvision.transforms.functional.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        value = args.positional[0] if args.positional else next(iter(args.keywords.values()), None)
        if not isinstance(value, Tensor):
            return Unknown(f"{name}()")
        if name == "to_tensor":
            return to_tensor(run, value)
        if name == "normalize":
            return normalised(run, value, Args(args.positional[1:], args.keywords))
        if name in ("convert_image_dtype", "to_dtype"):
            return to_tensor(run, value) if _bytes(value.node.high) else value
        if name in ("pil_to_tensor", "to_image", "to_pil_image"):
            return cast(run, value, name)
        return changed(run, value, name)


for _name in [
    "to_tensor",
    "normalize",
    "convert_image_dtype",
    "to_dtype",
    "pil_to_tensor",
    "to_image",
    "to_pil_image",
    "resize",
    "crop",
    "center_crop",
    "resized_crop",
    "hflip",
    "vflip",
    "rotate",
    "affine",
    "pad",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_saturation",
    "adjust_hue",
    "gaussian_blur",
    "rgb_to_grayscale",
    "horizontal_flip",
    "vertical_flip",
    "five_crop",
    "equalize",
    "autocontrast",
    "invert",
]:
    _functional(_name)
