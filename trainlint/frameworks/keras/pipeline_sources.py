"""Where data sets of tf.data come from: arrays, generators, directories, files, tensorflow_datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Loader
from trainlint.frameworks.keras.declared import declared_rows
from trainlint.frameworks.keras.generators import labels
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.own_batches import own_order, own_size
from trainlint.frameworks.keras.pipelines import DATASET, ELEMENT, ROWS, make, new_loader
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.definitions import BoundMethod
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def element_of(run: Interpreter, value: Value) -> Value:
    """One slice along the first dimension of arrays in any structure."""
    if isinstance(value, Tensor):
        node = value.node
        rest = node.shape[1:] if node.shape else None
        return Tensor(
            run.node(Op.INDEX, "element", (node,), {}, rest, attached=False, low=node.low, high=node.high),
            KERAS,
        )
    if isinstance(value, TupleValue):
        return TupleValue([element_of(run, v) for v in value.elements], open=value.open)
    if isinstance(value, DictValue):
        return DictValue(
            {k: (key, element_of(run, v)) for k, (key, v) in value.cells.items()}, open=value.open
        )
    if isinstance(value, ListValue):
        return value.elements[0] if value.elements else Unknown("an element")
    return Unknown(f"an element of {value.describe()}")


@LIBRARY.function(f"{DATASET}.from_tensor_slices")
def from_tensor_slices(run: Interpreter, args: Args) -> Value:
    """`from_tensor_slices((x, y))`: one sample after another."""
    tensors = args.bind("tensors", "name").get("tensors", Unknown("arrays"))
    first = next(iter(leaves(tensors)), None)
    length = first.shape[0] if first is not None and first.shape else None
    if length is None and isinstance(tensors, ListValue):
        length = tensors.length(run)
    element = element_of(run, tensors)
    return make(run, element, new_loader(run, length=length, element=element))


@LIBRARY.function(f"{DATASET}.from_tensors")
def from_tensors(run: Interpreter, args: Args) -> Value:
    """One element."""
    tensors = args.bind("tensors").get("tensors", Unknown("arrays"))
    return make(run, tensors, new_loader(run, length=1, element=tensors))


@LIBRARY.function(f"{DATASET}.from_generator")
def from_generator(run: Interpreter, args: Args) -> Value:
    """What a generator function yields."""
    given = args.bind("generator", "output_types", "output_shapes", "args", "output_signature")
    maker, before = given.get("generator", Unknown("a generator")), len(run.program.events)
    if isinstance(maker, UnionValue):  # None where there is no data to validate on, say
        called = [v for v in maker.alternatives if not _is_none(v)]
        maker = called[0] if len(called) == 1 else maker
    made = run.call(maker, Args())
    items = made.iterate(run)
    element = (
        items.values[0]
        if items.values
        else (items.fresh() if items.fresh is not None else Unknown("an element"))
    )
    order = own_order(run, before)
    if isinstance(made, ListValue) and made.cells.get("shuffled"):
        order = known(True)
    rows = declared_rows(run, given.get("output_signature", given.get("output_shapes")))
    loader = new_loader(run, shuffle=order, element=element)
    loader.options[ROWS] = rows if rows is not None else _made_size(run, maker, made, element)
    return make(run, element, loader)


def _made_size(run: Interpreter, maker: Value, made: Value, element: Value) -> Fact[int]:
    """The rows of what a generator yields, as it is or as the code that makes it says."""
    owner = maker.receiver if isinstance(maker, BoundMethod) else maker
    names = owner.attrs if isinstance(owner, Instance) else {}
    inner = made.cells.get("locals") or {} if isinstance(made, ListValue) else {}
    return own_size(run, {**names, **inner}, element)


@LIBRARY.function(f"{DATASET}.zip")
def zipped(run: Interpreter, args: Args) -> Value:
    """`Dataset.zip((a, b))`"""
    inner = args.positional[0] if len(args.positional) == 1 else TupleValue(args.positional)
    parts = list(getattr(inner, "elements", ()))
    loaders = [p.data for p in parts if isinstance(p, Instance) and isinstance(p.data, Loader)]
    alternatives = next((p for p in parts if isinstance(p, UnionValue)), None)
    if alternatives is not None:
        return run.each(
            alternatives,
            lambda v: zipped(run, Args([TupleValue([v if p is alternatives else p for p in parts])])),
        )
    if len(loaders) < len(parts) or not parts:
        why = "what it is made of is not known"
        return make(run, Unknown("an element"), new_loader(run, unknown(why), unknown(why)))
    element = TupleValue([p.attrs[ELEMENT] for p in parts if isinstance(p, Instance)])
    first = loaders[0]
    shuffled = next((each.shuffle for each in loaders if each.shuffle.value is True), first.shuffle)
    loader = Loader(
        first.location, first.batch_size, shuffled, first.drop_last, tuple(leaves(element)), first.length,
        first.options,
    )  # fmt: skip
    return make(run, element, loader)


@LIBRARY.function(f"{DATASET}.range")
def ranged(run: Interpreter, args: Args) -> Value:
    """`Dataset.range(n)`"""
    stop = args.positional[0] if args.positional else None
    length = stop.value if isinstance(stop, Const) and len(args.positional) == 1 else None
    element = Tensor(run.node(Op.CONSTANT, "range", shape=(), attached=False), KERAS)
    return make(run, element, new_loader(run, length=length if isinstance(length, int) else None))


@LIBRARY.function(f"{DATASET}.list_files")
def list_files(run: Interpreter, args: Args) -> Value:
    """Names of files, in random order unless told otherwise."""
    given = args.bind("file_pattern", "shuffle", "seed")
    shuffle = given.get("shuffle")
    order = run.fact(shuffle) if shuffle is not None and not _is_none(shuffle) else known(True)
    return make(run, Unknown("the name of a file"), new_loader(run, shuffle=order))


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


@LIBRARY.function("tensorflow.data.TFRecordDataset", "tensorflow.data.FixedLengthRecordDataset")
def records(run: Interpreter, args: Args) -> Value:
    """Serialised records: what is in them is for the program's own parser to say."""
    return make(run, Tensor(run.node(Op.INPUT, "record", attached=False), KERAS), new_loader(run))


@LIBRARY.function("tensorflow.data.TextLineDataset")
def lines(run: Interpreter, args: Args) -> Value:
    """Lines of text."""
    return make(run, Unknown("a line of text"), new_loader(run))


@LIBRARY.function("tensorflow.data.experimental.make_csv_dataset")
def make_csv_dataset(run: Interpreter, args: Args) -> Value:
    """Batches of columns as a dictionary, with the label column beside it."""
    table = signature(
        "file_pattern, batch_size, column_names=None, column_defaults=None, label_name=None, select_columns=None, "
        "field_delim=',', use_quote_delim=True, na_value='', header=True, num_epochs=None, shuffle=True"
    )
    bound = table.bind(args)
    facts = table.facts(run, bound, ("batch_size",))
    path = facts["file_pattern"]
    columns = DictValue({}, open=True)
    label = Tensor(
        run.node(Op.INDEX, "column", (run.node(Op.READ, "csv", (), {"path": path}, attached=False),),
                 {"key": facts["label_name"]}, attached=False), KERAS)  # fmt: skip
    element = TupleValue([columns, label]) if facts["label_name"].value else columns
    infinite = (
        {"infinite": known(True)} if facts["num_epochs"].known and facts["num_epochs"].value is None else {}
    )
    loader = new_loader(run, facts["batch_size"], facts["shuffle"], None, element, **infinite)
    return make(run, element, loader)


_DIRECTORY = (
    "directory, labels='inferred', label_mode='int', class_names=None, color_mode='rgb', batch_size=32, "
    "image_size=(256, 256), shuffle=True, seed=None, validation_split=None, subset=None"
)
_TEXTS = (
    "directory, labels='inferred', label_mode='int', class_names=None, batch_size=32, max_length=None, shuffle=True, "
    "seed=None, validation_split=None, subset=None"
)


def _from_directory(names: tuple[str, ...], parameters: str, pictures: bool) -> None:
    @LIBRARY.function(*names)
    def call(run: Interpreter, args: Args) -> Value:
        table = signature(parameters)
        facts = table.facts(run, table.bind(args), ("batch_size",))
        if pictures:
            size, color = facts["image_size"].value, facts["color_mode"].value
            channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(color if isinstance(color, str) else "")
            sizes = tuple(size) if isinstance(size, tuple | list) and len(size) == 2 else (None, None)
            options: dict[str, Fact[Any]] = {"path": facts["directory"], "kind": known("image")}
            node = run.node(
                Op.READ, "image", (), options, (None, *sizes, channels), attached=False, low=0, high=255
            )
        else:
            node = run.node(Op.INPUT, "texts", attached=False)
        x = Tensor(node, KERAS)
        mode = facts["label_mode"]
        alone = (mode.known and mode.value is None) or (
            facts["labels"].known and facts["labels"].value is None
        )
        element: Value = x if alone else TupleValue([x, labels(run, mode, facts["directory"])])
        loader = new_loader(run, facts["batch_size"], facts["shuffle"], None, element)
        made = make(run, element, loader)
        if facts["subset"].value == "both":
            return TupleValue(
                [made, make(run, element, new_loader(run, facts["batch_size"], None, None, element))]
            )
        return made


_from_directory(
    (
        "keras.utils.image_dataset_from_directory",
        "keras.preprocessing.image_dataset_from_directory",
        "keras.preprocessing.image.image_dataset_from_directory",
    ),
    _DIRECTORY,
    True,
)
_from_directory(
    ("keras.utils.text_dataset_from_directory", "keras.preprocessing.text_dataset_from_directory"),
    _TEXTS,
    False,
)


@LIBRARY.function(
    "keras.utils.timeseries_dataset_from_array",
    "keras.preprocessing.timeseries_dataset_from_array",
)
def timeseries(run: Interpreter, args: Args) -> Value:
    """Windows of a series, in batches of 128."""
    table = signature(
        "data, targets, sequence_length, sequence_stride=1, sampling_rate=1, batch_size=128, shuffle=False"
    )
    bound = table.bind(args)
    facts = table.facts(run, bound, ("batch_size",), skip=("data", "targets"))
    x = _windows(run, bound.get("data", Unknown("a series")), facts["sequence_length"])
    y = bound.get("targets")
    element: Value = x if y is None or _is_none(y) else TupleValue([x, _targets(run, y)])
    return make(run, element, new_loader(run, facts["batch_size"], facts["shuffle"], None, element))


def _windows(run: Interpreter, data: Value, length: Fact[Any]) -> Tensor:
    node = run.as_node(data)
    size = length.value if isinstance(length.value, int) else None
    shape = (None, size, *node.shape[1:]) if node.shape else None
    return Tensor(run.node(Op.BATCH, "windows", (node,), {}, shape, attached=False), KERAS)


def _targets(run: Interpreter, data: Value) -> Tensor:
    node = run.as_node(data)
    shape = (None, *node.shape[1:]) if node.shape else None
    return Tensor(run.node(Op.BATCH, "batch", (node,), {}, shape, attached=False), KERAS)
