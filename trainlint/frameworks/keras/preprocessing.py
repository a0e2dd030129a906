"""keras.utils and keras.preprocessing: encodings of targets and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.facts.target_sources import ONE_HOT
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def one_hot(run: Interpreter, value: Value, classes: Value | None, flavor: Any = NUMPY) -> Tensor:
    """Class indices as one column a class."""
    count = run.fact(classes) if classes is not None else None
    options: dict[str, Fact[Any]] = {"encoding": known(ONE_HOT)}
    if count is not None:
        options["num_classes"] = count
    shape = value.shape if isinstance(value, Tensor) else None
    if shape is not None:
        size = count.value if count is not None and isinstance(count.value, int) else None
        shape = (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), size)
    node = run.node(Op.ENCODE, "one_hot", (run.as_node(value),), options, shape, attached=False)
    return Tensor(node, flavor)


@LIBRARY.function("keras.utils.to_categorical")
def to_categorical(run: Interpreter, args: Args) -> Value:
    """`to_categorical(y, num_classes)`; `nb_classes` in Keras 1."""
    given = args.bind("y", "num_classes")
    value = given.get("y", args.keywords.get("x", Unknown("class indices")))
    return one_hot(run, value, given.get("num_classes", args.keywords.get("nb_classes")))


@LIBRARY.function("keras.utils.normalize")
def normalize(run: Interpreter, args: Args) -> Value:
    """Rows divided by their norm."""
    value = args.bind("x").get("x", Unknown("an array"))
    shape = value.shape if isinstance(value, Tensor) else None
    return Tensor(run.node(Op.SCALE, "norm", (run.as_node(value),), shape=shape, attached=False), NUMPY)


@LIBRARY.function("keras.preprocessing.sequence.pad_sequences", "keras.utils.pad_sequences")
def pad_sequences(run: Interpreter, args: Args) -> Value:
    """Lists of indices as one array: (samples, maxlen)."""
    given = args.bind("sequences", "maxlen", "dtype", "padding", "truncating", "value")
    value = given.get("sequences", Unknown("sequences"))
    length = given.get("maxlen")
    size = length.value if isinstance(length, Const) and isinstance(length.value, int) else None
    samples = value.shape[0] if isinstance(value, Tensor) and value.shape else None
    node = run.node(Op.RESHAPE, "pad_sequences", (run.as_node(value),), shape=(samples, size), attached=False)
    return Tensor(node, NUMPY)


class TokenizerClass(LibraryClass):
    """keras.preprocessing.text.Tokenizer: texts to word indices or to rows of a matrix."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind("num_words").items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name.startswith("fit_on_"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))
        if name.startswith(("texts_to_", "sequences_to_")):
            return Native(f"{self.qualname}.{name}", lambda r, args: _encoded(r, instance, name, args))
        return Unknown(f"{name} of a tokenizer")


def _encoded(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    inputs = tuple(v.node for v in args.values() if isinstance(v, Tensor))
    if name.endswith(("_texts", "_generator")):
        return ListValue([Unknown("a text")], open=True)
    words = instance.attrs.get("num_words")
    size = words.value if isinstance(words, Const) and isinstance(words.value, int) else None
    shape = (None, size) if name.endswith("matrix") else None
    return Tensor(run.node(Op.ENCODE, "tokens", inputs, {}, shape, attached=False), NUMPY)


LIBRARY.add(TokenizerClass("keras.preprocessing.text.Tokenizer"))


def _text_function(name: str) -> None:
    @LIBRARY.function(f"keras.preprocessing.text.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        return Tensor(run.node(Op.ENCODE, "tokens", (), {}, attached=False), NUMPY)


for _name in ("one_hot", "hashing_trick"):
    _text_function(_name)


def read_image(run: Interpreter, args: Args) -> Value:
    """`load_img(path)`: a picture of 0 to 255."""
    given = args.bind("path", "grayscale", "color_mode", "target_size")
    options = {"path": run.fact(given.get("path"))}
    return Tensor(run.node(Op.READ, "image", (), options, attached=False, low=0, high=255), NUMPY)


@LIBRARY.function("keras.utils.img_to_array", "keras.preprocessing.image.img_to_array")
def img_to_array(run: Interpreter, args: Args) -> Value:
    """A picture as an array of the same values."""
    value = args.positional[0] if args.positional else args.keywords.get("img", Unknown("a picture"))
    node = run.as_node(value)
    return Tensor(
        run.node(Op.CAST, "img_to_array", (node,), attached=False, low=node.low, high=node.high), NUMPY
    )


LIBRARY.function("keras.utils.load_img", "keras.preprocessing.image.load_img")(read_image)
