"""Pictures: bytes of 0 to 255 until something scales them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.numpy.library import tensors_in
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

METHODS = frozenset({
    "convert", "resize", "crop", "rotate", "transpose", "copy", "filter", "thumbnail", "quantize", "point", "getchannel",
    "draft", "reduce",
})  # fmt: skip


class PictureFlavor:
    """The flavor of PIL images."""

    name = "PIL.Image.Image"
    types = ("PIL.Image.Image", "object")

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        if name in METHODS:
            return Native(f"Image.{name}", lambda r, args: changed(r, tensor, name))
        if name in ("size", "width", "height", "mode", "format", "info"):
            return Unknown(f"{name} of an image")
        if name in ("close", "save", "show", "load", "verify"):
            return Native(f"Image.{name}", lambda r, args: Const(None))
        return None

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        return None


PICTURE = PictureFlavor()


def changed(run: Interpreter, tensor: Tensor, name: str) -> Tensor:
    """A picture after a geometric or photometric change, in the same units."""
    node = tensor.node
    return tensor.make(run.node(Op.AUGMENT, name, (node,), low=node.low, high=node.high))


def read_image(run: Interpreter, args: Args) -> Tensor:
    """A picture as stored: whole numbers from 0 to 255."""
    path = run.fact(args.positional[0]) if args.positional else run.fact(None)
    return Tensor(run.node(Op.READ, "image", (), {"path": path}, attached=False, low=0, high=255), NUMPY)


@LIBRARY.function("PIL.Image.open")
def _open(run: Interpreter, args: Args) -> Value:
    return Tensor(read_image(run, args).node, PICTURE)


@LIBRARY.function("PIL.Image.fromarray")
def _fromarray(run: Interpreter, args: Args) -> Value:
    found = tensors_in(args.values())
    if not found:
        return Tensor(run.node(Op.INPUT, "image", attached=False), PICTURE)
    return Tensor(
        run.node(Op.CAST, "fromarray", (found[0].node,), low=found[0].node.low, high=found[0].node.high),
        PICTURE,
    )


for _name in ("cv2.imread", "imageio.imread", "imageio.v2.imread", "imageio.v3.imread", "skimage.io.imread"):
    LIBRARY.function(_name)(read_image)

OPENCV_CHANGES = (
    "cvtColor", "resize", "flip", "rotate", "warpAffine", "GaussianBlur", "medianBlur", "equalizeHist", "copyMakeBorder",
    "warpPerspective", "blur",
)  # fmt: skip


def _opencv(name: str) -> None:
    @LIBRARY.function(f"cv2.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        found = tensors_in(args.positional[:1])
        return changed(run, found[0], name) if found else Unknown(f"cv2.{name}()")


for _name in OPENCV_CHANGES:
    _opencv(_name)


@LIBRARY.function("torchvision.io.read_image", "torchvision.io.decode_image")
def _torch_image(run: Interpreter, args: Args) -> Value:
    from trainlint.frameworks.torch.tensor import TORCH

    return Tensor(read_image(run, args).node, TORCH)
