"""pandas, as far as training data flows through it: tables read from files, their columns, and what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Node, Op, Shape
from trainlint.facts.target_sources import INDEX, ONE_HOT
from trainlint.frameworks.numpy.array import NUMPY, shape_value
from trainlint.frameworks.numpy.library import tensors_in
from trainlint.frameworks.pandas_methods import KEEP_AXES, METHOD_OPS
from trainlint.semantics.library import Handler, TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor, key_fact
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ARRAYS = frozenset({"to_numpy", "to_list", "tolist", "ravel"})
QUIET = frozenset({"info", "to_csv", "to_parquet", "to_pickle", "plot", "hist", "to_excel", "to_json"})
TABLES = frozenset({"csv", "excel", "parquet", "feather", "table", "sql"})
"""What is read from these has rows and columns."""
INDEXERS = frozenset({"iloc", "loc", "at", "iat"})


class Indexer(Value):
    """`df.iloc`, `df.loc`: selects rows and columns."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        super().__init__()
        self.tensor = tensor

    def get_item(self, run: Interpreter, key: Value) -> Value:
        column = key.elements[1] if isinstance(key, TupleValue) and len(key.elements) == 2 else None
        known = _column(self.tensor, column)
        node = known if known is not None else self.tensor.node
        picked = key_fact(column) if column is not None else key_fact(key)
        name = "column" if column is not None and not _whole(column) else "rows"
        shape = _taken(self.tensor, column) if name == "column" and _many(key) else None
        return self.tensor.make(run.node(Op.INDEX, name, (node,), {"key": picked}, shape=shape))

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        column = key.elements[1] if isinstance(key, TupleValue) and len(key.elements) == 2 else key
        self.tensor.set_item(run, column, value)


def _whole(key: Value) -> bool:
    return getattr(key, "lower", 0) is None and getattr(key, "upper", 0) is None


def _many(key: Value) -> bool:
    """Whether the first part of a key takes rows, not one of them."""
    return isinstance(key, TupleValue) and isinstance(key.elements[0], SliceValue | Tensor | ListValue)


def _taken(table: Tensor, key: Value | None) -> Shape | None:
    """The rank of what a key takes from a table: a column has one axis."""
    if table.shape is None or len(table.shape) != 2:
        return None
    if isinstance(key, Const) and isinstance(key.value, str | int):
        return (None,)
    return (None, None) if isinstance(key, ListValue | SliceValue | Tensor) else None


def _column(table: Tensor, key: Value | None) -> Node | None:
    """The node last assigned to a column."""
    if isinstance(key, Const) and isinstance(key.value, str):
        node: Node | None = table.cells.get(f"column:{key.value}")
        return node
    return None


class PandasFlavor:
    """The flavor of tables and columns."""

    name = "pandas"
    types = ("pandas.DataFrame", "pandas.Series", "object")
    keyed_by_value = True

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        if name in INDEXERS:
            return Indexer(tensor)
        if name in ("values", "array"):
            return Tensor(run.node(Op.CAST, name, (tensor.node,), shape=tensor.shape), NUMPY)
        if name == "shape":
            return shape_value(tensor)
        if name in ("columns", "index", "dtypes", "size", "ndim", "empty", "name"):
            return Unknown(f"{name} of a table")
        if name == "T":
            return tensor.make(run.node(Op.RESHAPE, "T", (tensor.node,)))
        if name in ("cat", "str", "dt"):
            options = {"encoding": known(INDEX)} if name == "cat" else {}
            return tensor.make(run.node(Op.ENCODE, name, (tensor.node,), options))
        if name == "codes":
            return tensor
        if name in QUIET:
            return Native(f"DataFrame.{name}", lambda r, args: Const(None))
        if name == "pop":
            return Native(
                "DataFrame.pop", lambda r, args: tensor.get_item(r, (args.positional or [Const(None)])[0])
            )
        op = METHOD_OPS.get(name)
        if op is not None:
            return Native(f"DataFrame.{name}", lambda r, args: _method(r, tensor, op, name, args))
        if _is_column_name(name):
            return self._column_value(run, tensor, Const(name))
        return None

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        return self._column_value(run, tensor, key)

    @staticmethod
    def _column_value(run: Interpreter, tensor: Tensor, key: Value) -> Value:
        known = _column(tensor, key)
        if known is not None:
            return tensor.make(known)
        if isinstance(key, ListValue):
            changed = [_column(tensor, k) for k in key.elements]
            if any(changed):
                inputs = [n if n is not None else tensor.node for n in changed]
                return tensor.make(run.node(Op.CONCAT, "columns", tuple(inputs)))
        name = "rows" if isinstance(key, Tensor) else "column"
        shape = _taken(tensor, key)
        return tensor.make(run.node(Op.INDEX, name, (tensor.node,), {"key": key_fact(key)}, shape=shape))

    def set_item(self, run: Interpreter, tensor: Tensor, key: Value, value: Value) -> bool:
        """`df[column] = value`: that column is what it is given; the whole table is mixed from now on."""
        node = run.as_node(value)
        keys = key.elements if isinstance(key, ListValue) else (key,)
        for part in keys:
            if isinstance(part, Const) and isinstance(part.value, str):
                run.write(tensor.cells, f"column:{part.value}", node)
        whole = run.node(Op.JOIN, "assign_column", (tensor.node, node))
        if not all(isinstance(part, Const) for part in keys):
            run.write(tensor.cells, "columns_changed", True)
            whole = run.node(Op.UNKNOWN, "assign_columns", (tensor.node, node))
        run.write(tensor.cells, "node", whole)
        return True


PANDAS = PandasFlavor()

_NO_COLUMNS = frozenset({
    "apply", "map", "applymap", "groupby", "transform", "pipe", "agg", "aggregate", "merge", "join", "replace",
    "pivot", "pivot_table", "melt", "stack", "unstack", "resample", "assign", "explode", "eval", "iterrows",
    "itertuples", "items", "where", "mask", "corr", "cov", "append", "insert", "update", "combine", "unique",
    "value_counts", "factorize", "to_dict", "get", "keys", "iteritems", "nlargest",
})  # fmt: skip


def _is_column_name(name: str) -> bool:
    return not name.startswith("_") and name not in _NO_COLUMNS


def _method(run: Interpreter, tensor: Tensor, op: Op, name: str, args: Args) -> Value:
    """The result of a table's method; with `inplace=True` the table itself changes."""
    inputs = [tensor.node, *(v.node for v in args.values() if isinstance(v, Tensor))]
    if name == "astype" and any(isinstance(v, Const) and v.value == "category" for v in args.values()):
        op = Op.ENCODE
    shape = tuple(None for _ in tensor.shape) if tensor.shape is not None and name in KEEP_AXES else None
    node = run.node(op, name, tuple(inputs), shape=shape)
    in_place = args.keywords.get("inplace")
    if isinstance(in_place, Const) and in_place.value is True:
        run.write(tensor.cells, "node", node)
        return Const(None)
    made = Tensor(node, NUMPY) if name in ARRAYS else tensor.make(node)
    if op is Op.INDEX:
        for key, value in tensor.cells.items():
            if key.startswith("column:"):
                made.cells[key] = run.node(Op.INDEX, name, (value,))
    return made


def _read(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        first = args.positional[0] if args.positional else next(iter(args.keywords.values()), None)
        path = run.fact(first)
        shape = (None, None) if name in TABLES and "squeeze" not in args.keywords else None
        return Tensor(run.node(Op.READ, name, (), {"path": path}, attached=False, shape=shape), PANDAS)

    return handler


LIBRARY = TableLibrary("pandas", usual={"pd": "pandas"})
for _name in [
    "csv",
    "table",
    "excel",
    "parquet",
    "json",
    "feather",
    "hdf",
    "pickle",
    "sql",
    "sql_query",
    "fwf",
    "stata",
    "sas",
    "orc",
]:
    LIBRARY.function(f"pandas.read_{_name}")(_read(_name))


@LIBRARY.function("pandas.get_dummies")
def _dummies(run: Interpreter, args: Args) -> Value:
    """One column a class of a column; of a whole table, of each of its columns."""
    inputs = tuple(t.node for t in tensors_in(args.values()))
    single = [n.op is Op.INDEX and n.name == "column" and not _several(n) for n in inputs]
    options = {"encoding": known(ONE_HOT)} if single and all(single) else {}
    return Tensor(run.node(Op.ENCODE, "dummies", inputs, options), PANDAS)


def _several(node: Node) -> bool:
    return isinstance(node.options["key"].value, tuple) or not node.options["key"].known


@LIBRARY.function("pandas.factorize", "pandas.Categorical", "pandas.to_datetime", "pandas.cut", "pandas.qcut")
def _encode(run: Interpreter, args: Args) -> Value:
    """Categories and dates become codes."""
    return Tensor(run.node(Op.ENCODE, "codes", tuple(t.node for t in tensors_in(args.values()))), PANDAS)


@LIBRARY.function("pandas.to_numeric")
def _numeric(run: Interpreter, args: Args) -> Value:
    return Tensor(run.node(Op.CAST, "to_numeric", tuple(t.node for t in tensors_in(args.values()))), PANDAS)


@LIBRARY.function("pandas.concat", "pandas.merge")
def _concat(run: Interpreter, args: Args) -> Value:
    return Tensor(run.node(Op.CONCAT, "concat", tuple(t.node for t in tensors_in(args.values()))), PANDAS)


@LIBRARY.function("pandas.DataFrame", "pandas.Series")
def _frame(run: Interpreter, args: Args) -> Value:
    """A table from arrays: columns keep what they were made of."""
    data = args.bind("data").get("data")
    found = tensors_in([data] if data is not None else [])
    columns = data.strings() if isinstance(data, DictValue) else {}
    found += tensors_in(list(columns.values()))
    op = Op.CAST if len(found) == 1 else Op.CONCAT
    if not found:
        return Tensor(run.node(Op.UNKNOWN if data is not None else Op.CONSTANT, "table"), PANDAS)
    made = Tensor(run.node(op, "table", tuple(t.node for t in found)), PANDAS)
    for name, value in columns.items():
        if isinstance(value, Tensor):
            made.cells[f"column:{name}"] = value.node
    return made
