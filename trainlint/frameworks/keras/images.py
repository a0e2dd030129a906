"""tf.io and tf.image: pictures decoded from files, and what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DECODERS = ("decode_jpeg", "decode_png", "decode_image", "decode_bmp", "decode_gif", "decode_and_crop_jpeg")
FLOATS = ("float16", "float32", "float64", "bfloat16", "half", "double")
KEEPS = (
    "resize", "resize_with_pad", "resize_with_crop_or_pad", "resize_images", "resize_image_with_crop_or_pad",
    "resize_image_with_pad", "resize_bilinear", "central_crop", "crop_to_bounding_box", "pad_to_bounding_box",
    "crop_and_resize", "extract_patches", "grayscale_to_rgb", "rgb_to_grayscale",
)  # fmt: skip
AUGMENTS = (
    "flip_left_right", "flip_up_down", "rot90", "transpose", "random_flip_left_right", "random_flip_up_down",
    "random_brightness", "random_contrast", "random_hue", "random_saturation", "random_crop", "random_jpeg_quality",
    "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation",
    "stateless_random_flip_left_right", "stateless_random_flip_up_down", "stateless_random_brightness",
    "stateless_random_contrast", "stateless_random_crop", "stateless_random_hue", "stateless_random_saturation",
)  # fmt: skip


def _first(args: Args, *names: str) -> Value:
    if args.positional:
        return args.positional[0]
    return next((args.keywords[n] for n in names if n in args.keywords), Unknown("a picture"))


@LIBRARY.function("tensorflow.io.read_file", "tensorflow.read_file", "tensorflow.io.gfile.GFile")
def read_file(run: Interpreter, args: Args) -> Value:
    """The bytes of a file."""
    options: dict[str, Fact[object]] = {"path": run.fact(_first(args, "filename"))}
    return Tensor(run.node(Op.READ, "bytes", (), options, (), attached=False), KERAS)


def _decoder(name: str) -> None:
    @LIBRARY.function(f"tensorflow.io.{name}", f"tensorflow.image.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        given = args.bind("contents", "channels")
        channels = given.get("channels")
        count = channels.value if isinstance(channels, Const) and isinstance(channels.value, int) else None
        scaled = dtype_name(args.keywords.get("dtype")) in FLOATS
        source = given.get("contents")
        options = {}
        if isinstance(source, Tensor) and "path" in source.node.options:
            options["path"] = source.node.options["path"]
        node = run.node(
            Op.READ,
            "image",
            (),
            options,
            (None, None, count or None),
            attached=False,
            low=0,
            high=1 if scaled else 255,
        )
        return Tensor(node, KERAS)


for _name in DECODERS:
    _decoder(_name)


def dtype_name(value: Value | None) -> str | None:
    """`tf.float32` or "float32" as text."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    return value.qualname.rsplit(".", 1)[-1] if isinstance(value, External) else None


@LIBRARY.function("tensorflow.image.convert_image_dtype")
def convert_image_dtype(run: Interpreter, args: Args) -> Value:
    """Integers of 0 to 255 become floats of 0 to 1; floats stay as they are."""
    given = args.bind("image", "dtype", "saturate")
    node = run.as_node(given.get("image", Unknown("a picture")))
    if dtype_name(given.get("dtype")) not in FLOATS:
        return Tensor(run.node(Op.UNKNOWN, "convert_image_dtype", (node,), {}, node.shape), KERAS)
    if node.high is not None and node.high <= 1:
        return Tensor(
            run.node(Op.CAST, "convert_image_dtype", (node,), {}, node.shape, low=node.low, high=node.high),
            KERAS,
        )
    return Tensor(run.node(Op.SCALE, "convert_image_dtype", (node,), {}, node.shape, low=0, high=1), KERAS)


@LIBRARY.function("tensorflow.image.per_image_standardization")
def per_image_standardization(run: Interpreter, args: Args) -> Value:
    """Mean 0 and spread 1 for every picture."""
    node = run.as_node(_first(args, "image"))
    return Tensor(run.node(Op.SCALE, "standard", (node,), {}, node.shape), KERAS)


def _geometry(name: str) -> None:
    @LIBRARY.function(f"tensorflow.image.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        given = args.bind("images", "size")
        node = run.as_node(_first(args, "images", "image", "value"))
        size = given.get("size")
        elements = size.elements if isinstance(size, TupleValue | ListValue) else ()
        sizes = [e.value if isinstance(e, Const) and isinstance(e.value, int) else None for e in elements]
        shape = None
        if name == "resize" and len(sizes) == 2 and node.shape is not None and len(node.shape) >= 3:
            shape = (*node.shape[:-3], *sizes, node.shape[-1])
        made = run.node(Op.RESHAPE, name, (node,), {}, shape, low=node.low, high=node.high)
        return Tensor(made, KERAS)


def _augment(name: str) -> None:
    @LIBRARY.function(f"tensorflow.image.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        node = run.as_node(_first(args, "image", "images", "value"))
        shape = None if name.endswith("crop") else node.shape
        return Tensor(run.node(Op.AUGMENT, name, (node,), {}, shape, low=node.low, high=node.high), KERAS)


for _name in KEEPS:
    _geometry(_name)
for _name in AUGMENTS:
    _augment(_name)


@LIBRARY.function(
    "tensorflow.io.parse_single_example", "tensorflow.io.parse_example", "tensorflow.parse_single_example"
)
def parse_example(run: Interpreter, args: Args) -> Value:
    """The features of a record, by the names that the program gives."""
    features = args.bind("serialized", "features").get("features")
    made = DictValue({}, open=True)
    if isinstance(features, DictValue):
        for key, (name, _) in features.cells.items():
            made.cells[key] = (name, Tensor(run.node(Op.INPUT, str(key)[:60], attached=False), KERAS))
    return made


@LIBRARY.function("tensorflow.io.decode_csv", "tensorflow.decode_csv")
def decode_csv(run: Interpreter, args: Args) -> Value:
    """The columns of a line, in raw units."""
    defaults = args.bind("records", "record_defaults").get("record_defaults")
    count = len(defaults.elements) if isinstance(defaults, ListValue | TupleValue) else 0
    line = run.node(Op.READ, "csv", (), {}, attached=False)
    columns: list[Value] = [
        Tensor(run.node(Op.INDEX, "column", (line,), {}, ()), KERAS) for _ in range(count)
    ]
    return ListValue(columns, open=not count)
