"""Preprocessing layers: scaling, encoding and augmentation inside a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.layers import LayerClass, add
from trainlint.frameworks.torch.operations import Bounds, kept
from trainlint.frameworks.torch.shapes import Options, Shapes, same, size_of, unknown
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _rescaled(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    """x * scale + offset"""
    scale, offset = options.get("scale"), options.get("offset", 0.0)
    if not isinstance(scale, int | float) or not isinstance(offset, int | float):
        return None, None
    low, high = (None if b is None else b * scale + offset for b in bounds)
    return (low, high) if scale >= 0 else (high, low)


def _sized(shapes: Shapes, o: Options) -> Shape | None:
    """Resizing(height, width)"""
    shape = shapes[0]
    if shape is None or len(shape) not in (3, 4):
        return None
    height, width = size_of(o.get("height")), size_of(o.get("width"))
    if s.channels_first(o):
        return (*shape[:-2], height, width)
    return (*shape[:-3], height, width, shape[-1])


class AdaptingLayer(LayerClass):
    """Layers that learn their numbers from data by adapt()."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("adapt", "update_state", "finalize_state", "reset_state"):
            return Native(f"keras.{name}", lambda r, args: _adapted(r, instance, args))
        return super().attribute(run, instance, name)


def _adapted(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.write(instance.data.state, "adapted", True)
    return Const(None)


add("Rescaling", Op.SCALE, "rescaling", "scale, offset=0.0", bounds=_rescaled)
add(
    "Normalization",
    Op.SCALE,
    "standard",
    "axis=-1, mean=None, variance=None, invert=False",
    cls=AdaptingLayer,
)
add("Resizing", Op.UPSAMPLE, "interpolate", "height, width, interpolation='bilinear', crop_to_aspect_ratio=False, "
    "pad_to_aspect_ratio=False, data_format=None", shape=_sized, bounds=kept)  # fmt: skip
for _name in ("CenterCrop", "RandomCrop"):
    add(_name, Op.AUGMENT, "crop", "height, width, data_format=None, seed=None", shape=_sized, bounds=kept)
_AUGMENTING = """
RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness RandomHeight RandomWidth RandomShear
RandomPerspective RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
RandomPosterization RandomSaturation RandomSharpness RandomColorJitter RandomColorDegeneration RandAugment AugMix MixUp
CutMix AutoContrast Equalization Solarization
"""
for _name in _AUGMENTING.split():
    _resizes = _name in ("RandomHeight", "RandomWidth")
    add(_name, Op.AUGMENT, _name.lower(), "factor=None", shape=unknown if _resizes else same, bounds=kept)
for _name in ("StringLookup", "IntegerLookup", "TextVectorization", "Discretization", "Hashing", "HashedCrossing",
              "CategoryEncoding"):  # fmt: skip
    add(_name, Op.ENCODE, _name.lower(), "max_tokens=None", shape=unknown, cls=AdaptingLayer)
for _name in ("MelSpectrogram", "STFTSpectrogram"):
    add(_name, Op.MATH, "spectrogram", "", shape=unknown)
