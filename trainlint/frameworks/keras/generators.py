"""keras.preprocessing.image.ImageDataGenerator: pictures from arrays, directories and tables, scaled and augmented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Node, Op, Shape
from trainlint.facts.target_sources import INDEX, ONE_HOT
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.keras.training_data import Source
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

GENERATOR = (
    "featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False, "
    "samplewise_std_normalization=False, zca_whitening=False, zca_epsilon=1e-06, rotation_range=0, "
    "width_shift_range=0.0, height_shift_range=0.0, brightness_range=None, shear_range=0.0, zoom_range=0.0, "
    "channel_shift_range=0.0, fill_mode='nearest', cval=0.0, horizontal_flip=False, vertical_flip=False, "
    "rescale=None, preprocessing_function=None, data_format=None, validation_split=0.0, interpolation_order=1, "
    "dtype=None"
)
SCALES = (
    "featurewise_center",
    "samplewise_center",
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
)
AUGMENTS = (
    "rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range",
    "channel_shift_range", "horizontal_flip", "vertical_flip",
)  # fmt: skip
_FROM = (
    "target_size=(256, 256), color_mode='rgb', classes=None, class_mode='categorical', batch_size=32, shuffle=True, "
    "seed=None"
)
FLOWS: dict[str, str] = {
    "flow": "x, y=None, batch_size=32, shuffle=True, sample_weight=None, seed=None",
    "flow_from_directory": f"directory, {_FROM}",
    "flow_from_dataframe": f"dataframe, directory=None, x_col='filename', y_col='class', weight_col=None, {_FROM}",
}
"""Methods that make iterators: documentation of tf.keras.preprocessing.image.ImageDataGenerator, TensorFlow 2.16."""


class GeneratorClass(LibraryClass):
    """ImageDataGenerator."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in signature(GENERATOR).bind(args).items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in FLOWS:
            return Native(f"{self.qualname}.{name}", lambda r, args: flow(r, instance, name, args))
        if name == "fit":
            return Native(f"{self.qualname}.fit", lambda r, args: Const(None))
        if name == "standardize":
            return Native(f"{self.qualname}.standardize", lambda r, args: _standardized(r, instance, args))
        if name in ("random_transform", "apply_transform"):
            return Native(f"{self.qualname}.{name}", lambda r, args: args.positional[0])
        return None


def _standardized(run: Interpreter, instance: Instance, args: Args) -> Value:
    value = args.positional[0] if args.positional else Unknown("pictures")
    return prepared(run, instance, value)


def prepared(run: Interpreter, generator: Instance, picture: Value) -> Value:
    """What the generator makes of a picture: augmented, mapped by the program's own function, scaled."""
    given = generator.attrs
    node = run.as_node(picture)
    if any(given[name].truth(run) is not False for name in AUGMENTS if name in given):
        node = _same(run, Op.AUGMENT, "random", node)
    value: Value = Tensor(node, KERAS)
    function = given.get("preprocessing_function")
    if function is not None and not (isinstance(function, Const) and function.value is None):
        value = run.call(function, Args([value]))
    scale = given.get("rescale")
    if scale is not None and not (isinstance(scale, Const) and not scale.value):
        options = {"factor": run.fact(scale)}
        node = run.as_node(value)
        factor = options["factor"].value
        low, high = node.low, node.high
        if isinstance(factor, int | float) and low is not None and high is not None:
            low, high = low * factor, high * factor
        value = Tensor(run.node(Op.SCALE, "rescale", (node,), options, node.shape, low=low, high=high), KERAS)
    if any(given[name].truth(run) is not False for name in SCALES if name in given):
        node = run.as_node(value)
        value = Tensor(run.node(Op.SCALE, "standard", (node,), {}, node.shape), KERAS)
    return value


def _same(run: Interpreter, op: Op, name: str, node: Node) -> Node:
    return run.node(op, name, (node,), {}, node.shape, low=node.low, high=node.high)


def flow(run: Interpreter, generator: Instance, name: str, args: Args) -> Value:
    """An iterator over batches."""
    table = signature(FLOWS[name])
    bound = table.bind(args)
    facts = table.facts(run, bound, ("batch_size",), skip=("x", "y", "dataframe", "sample_weight"))
    element = _arrays(run, generator, bound) if name == "flow" else _files(run, generator, name, bound, facts)
    instance = Instance(ITERATOR, run.here)
    size: Fact[int] = facts["batch_size"]
    samples = next((n.shape[0] for n in leaves(bound["x"]) if n.shape), None) if "x" in bound else None
    length: Fact[int] = known(samples) if samples is not None else unknown("the number of files")
    instance.data = Loader(
        run.here, size, facts["shuffle"], known(False), tuple(leaves(element)), length, dict(facts)
    )
    run.write(instance.attrs, "<element>", element)
    return instance


def _arrays(run: Interpreter, generator: Instance, bound: dict[str, Value]) -> Value:
    x, y = bound.get("x", Unknown("pictures")), bound.get("y")
    if isinstance(x, TupleValue | ListValue) and x.elements:
        x = x.elements[0]
    picture = prepared(run, generator, _drawn(run, x))
    return picture if y is None else TupleValue([picture, _drawn(run, y)])


def _drawn(run: Interpreter, value: Value) -> Tensor:
    node = run.as_node(value)
    shape = (None, *node.shape[1:]) if node.shape else None
    return Tensor(
        run.node(Op.BATCH, "batch", (node,), {}, shape, attached=False, low=node.low, high=node.high), KERAS
    )


def _files(
    run: Interpreter, generator: Instance, name: str, bound: dict[str, Value], facts: dict[str, Fact[Any]]
) -> Value:
    size, color = facts["target_size"].value, facts["color_mode"].value
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(color if isinstance(color, str) else "")
    sizes = tuple(size) if isinstance(size, tuple | list) and len(size) == 2 else (None, None)
    shape: Shape = (None, *sizes, channels)
    options = {"path": facts["directory"], "kind": known("image")}
    picture = Tensor(run.node(Op.READ, "image", (), options, shape, attached=False, low=0, high=255), KERAS)
    x = prepared(run, generator, picture)
    mode = facts["class_mode"]
    if mode.known and mode.value is None:
        return x
    if mode.value == "input":
        return TupleValue([x, x])
    if mode.value in ("raw", "other", "multi_output") and name == "flow_from_dataframe":
        table, column = bound.get("dataframe"), bound.get("y_col", Const("class"))
        return TupleValue(
            [x, _drawn(run, run.get_item(table, column)) if table is not None else Unknown("targets")]
        )
    return TupleValue([x, labels(run, mode, facts["directory"])])


def labels(run: Interpreter, mode: Fact[Any], directory: Fact[Any] | None = None) -> Tensor:
    """Targets that a library makes of the names of folders. mode: categorical, binary, sparse (or int)."""
    options: dict[str, Fact[Any]] = {"kind": known("target")}
    task = {"categorical": "multiclass", "sparse": "multiclass", "int": "multiclass", "binary": "binary"}
    if mode.value in task:
        options["task"] = known(task[mode.value])
        options["encoding"] = known(ONE_HOT if mode.value == "categorical" else INDEX)
    if directory is not None:
        options["path"] = directory
    shape: Shape | None = (None,) if mode.value in ("sparse", "int", "binary") else None
    if mode.value == "categorical":
        shape = (None, None)
    return Tensor(run.node(Op.DATASET, "folders", (), options, shape, attached=False), KERAS)


class IteratorClass(LibraryClass):
    """What flow() and its kin return: it yields batches for ever."""

    __slots__ = ()

    def as_source(self, run: Interpreter, instance: Instance) -> Source:
        """For fit()."""
        loader: Loader = instance.data
        element = instance.attrs["<element>"]
        return Source(
            lambda: element, loader.batch_size, loader.shuffle, loader, self.size(run, instance), True
        )

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        element = instance.attrs["<element>"]
        return Items([], exact=False, over="loader", target=instance.data, fresh=lambda: again(run, element))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return again(run, instance.attrs["<element>"])

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        loader: Loader = instance.data
        samples = loader.length.value if loader.length is not None else None
        batch = loader.batch_size.value
        return (
            -(-samples // batch)
            if isinstance(samples, int) and isinstance(batch, int) and batch > 0
            else None
        )

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("next", "__next__"):
            return Native(f"{self.qualname}.{name}", lambda r, args: again(r, instance.attrs["<element>"]))
        if name == "reset":
            return Native(f"{self.qualname}.reset", lambda r, args: Const(None))
        if name == "batch_size":
            fact = instance.data.batch_size
            return Const(fact.value, fact.origin) if fact.known else Unknown(fact.why)
        if name in ("samples", "n") and instance.data.length is not None and instance.data.length.known:
            return Const(instance.data.length.value)
        return Unknown(f"{name} of an iterator over pictures")


def again(run: Interpreter, value: Value) -> Value:
    """The same batch drawn once more: new nodes with the same past."""

    def renewed(v: Value) -> Value:
        return again(run, v)

    if isinstance(value, Tensor):
        node = value.node
        return Tensor(
            run.node(
                Op.BATCH, "batch", (node,), {}, node.shape, attached=False, low=node.low, high=node.high
            ),
            KERAS,
        )
    if isinstance(value, TupleValue):
        return TupleValue([renewed(v) for v in value.elements], open=value.open)
    if isinstance(value, ListValue):
        return ListValue([renewed(v) for v in value.elements], open=value.open)
    if isinstance(value, DictValue):
        return DictValue({k: (key, renewed(v)) for k, (key, v) in value.cells.items()}, open=value.open)
    return value


ITERATOR = IteratorClass("keras.preprocessing.image.DirectoryIterator")
LIBRARY.add(GeneratorClass("keras.preprocessing.image.ImageDataGenerator"))
LIBRARY.add(ITERATOR)
