"""What the methods of pandas tables and columns do to the data, as a table."""

from __future__ import annotations

from trainlint.facts.graph import Op

METHOD_OPS: dict[str, Op] = {
    **dict.fromkeys(
        [
            "drop",
            "dropna",
            "fillna",
            "head",
            "tail",
            "sample",
            "copy",
            "reset_index",
            "set_index",
            "sort_values",
            "sort_index",
            "query",
            "ffill",
            "bfill",
            "interpolate",
            "drop_duplicates",
            "rename",
            "take",
            "nlargest",
            "nsmallest",
            "reindex",
            "filter",
            "xs",
            "loc_",
            "shift",
            "infer_objects",
        ],
        Op.INDEX,
    ),
    **dict.fromkeys(
        [
            "mean",
            "std",
            "var",
            "sum",
            "min",
            "max",
            "median",
            "mode",
            "quantile",
            "describe",
            "nunique",
            "count",
            "idxmax",
            "idxmin",
            "skew",
            "kurt",
        ],
        Op.REDUCE,
    ),
    **dict.fromkeys(
        [
            "isna",
            "isnull",
            "notna",
            "notnull",
            "isin",
            "eq",
            "ne",
            "gt",
            "lt",
            "ge",
            "le",
            "duplicated",
            "between",
        ],
        Op.COMPARE,
    ),
    **dict.fromkeys(
        [
            "clip",
            "round",
            "abs",
            "cumsum",
            "diff",
            "pct_change",
            "rank",
            "log",
            "rolling",
            "ewm",
            "expanding",
        ],
        Op.MATH,
    ),
    **dict.fromkeys(["astype", "to_frame", "to_numpy", "to_list", "tolist", "squeeze", "ravel"], Op.CAST),
    **dict.fromkeys(["sub", "subtract"], Op.SUB),
    **dict.fromkeys(["div", "divide", "truediv"], Op.DIV),
    **dict.fromkeys(["mul", "multiply"], Op.MUL),
    "add": Op.ADD,
}
"""What each method does to the data. `apply`, `map`, `groupby` and the like may do anything: unknown."""

KEEP_AXES = frozenset({
    "drop", "dropna", "drop_duplicates", "fillna", "ffill", "bfill", "sample", "head", "tail", "copy", "astype", "to_numpy",
    "clip", "round", "abs", "sort_values", "sort_index",
})  # fmt: skip
"""Methods whose result has as many axes as the table or column."""
