"""Scalers and encoders: what their transform makes of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import known
from trainlint.facts.graph import Op
from trainlint.facts.target_sources import INDEX, MULTI_HOT, ONE_HOT
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.numpy.library import tensors_in
from trainlint.frameworks.sklearn.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SCALERS = {
    "StandardScaler": "standard", "MinMaxScaler": "minmax", "RobustScaler": "robust", "MaxAbsScaler": "maxabs",
    "Normalizer": "norm", "PowerTransformer": "power", "QuantileTransformer": "quantile",
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "standard": {"with_mean": True, "with_std": True},
    "robust": {"with_centering": True, "with_scaling": True},
    "minmax": {"feature_range": (0.0, 1.0)},
    "power": {"standardize": True},
}
"""Options that say where the values lie afterwards, with their defaults."""
ENCODERS: dict[str, str | None] = {
    "LabelEncoder": INDEX, "OneHotEncoder": ONE_HOT, "OrdinalEncoder": INDEX, "LabelBinarizer": None,
    "MultiLabelBinarizer": MULTI_HOT, "TargetEncoder": None, "KBinsDiscretizer": None,
}  # fmt: skip
"""How each writes classes; None where that depends (LabelBinarizer makes one column of two classes)."""


class Transformer(LibraryClass):
    """An object with fit and transform; op and name say what the result is."""

    __slots__ = ("name", "op")

    def __init__(self, qualname: str, op: Op, name: str) -> None:
        super().__init__(qualname)
        self.op, self.name = op, name

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("fit", "partial_fit", "set_params", "set_output"):
            return Native(name, lambda r, args: instance)
        if name in ("transform", "fit_transform"):
            return Native(name, lambda r, args: self._apply(r, instance, args))
        if name == "inverse_transform":
            return Native(name, lambda r, args: self._inverse(r, args))
        return Unknown(f"{self.qualname}.{name}")

    def _apply(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        inputs = tuple(t.node for t in tensors_in(args.values()))
        shape = inputs[0].shape if inputs and self.op is Op.SCALE else None
        options = dict(instance.data) if isinstance(instance.data, dict) else {}
        encoding = ENCODERS.get(self.qualname.rsplit(".", 1)[-1])
        if encoding is not None:
            options["encoding"] = known(encoding)
        node = run.node(self.operation(instance), self.name, inputs, options, shape, attached=False)
        return Tensor(node, NUMPY)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        named = args.keywords
        instance.data = {
            name: run.fact(named[name]) if name in named else known(default)
            for name, default in OPTIONS.get(self.name, {}).items()
        }
        if self.name == "minmax" and args.positional:
            instance.data["feature_range"] = run.fact(args.positional[0])

    def operation(self, instance: Instance) -> Op:
        """What this object's transform does."""
        return self.op

    @staticmethod
    def _inverse(run: Interpreter, args: Args) -> Value:
        inputs = tuple(t.node for t in tensors_in(args.values()))
        return Tensor(run.node(Op.MATH, "inverse_transform", inputs), NUMPY)


class Chain(Transformer):
    """Pipeline, ColumnTransformer and the like: scaling if a scaler is among the steps, else unknown."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "_steps", TupleValue(args.values()))

    def operation(self, instance: Instance) -> Op:
        steps = instance.attrs.get("_steps")
        found = list(_transformers(steps)) if steps is not None else []
        return Op.SCALE if any(t is Op.SCALE for t in found) else Op.UNKNOWN


def _transformers(value: Value, depth: int = 0) -> list[Op]:
    if isinstance(value, Instance) and isinstance(value.cls, Transformer):
        return [value.cls.operation(value)]
    if isinstance(value, TupleValue | ListValue) and depth < 5:
        return [op for part in value.elements for op in _transformers(part, depth + 1)]
    return []


for _name, _kind in SCALERS.items():
    LIBRARY.add(Transformer(f"sklearn.preprocessing.{_name}", Op.SCALE, _kind))
for _name in ENCODERS:
    LIBRARY.add(Transformer(f"sklearn.preprocessing.{_name}", Op.ENCODE, "codes"))
for _name in ("impute.SimpleImputer", "impute.KNNImputer", "feature_selection.SelectKBest"):
    LIBRARY.add(Transformer(f"sklearn.{_name}", Op.INDEX, _name.split(".")[-1]))
for _name in (
    "decomposition.PCA", "decomposition.TruncatedSVD", "preprocessing.PolynomialFeatures",
    "preprocessing.FunctionTransformer", "feature_extraction.text.TfidfVectorizer",
    "feature_extraction.text.CountVectorizer",
):  # fmt: skip
    LIBRARY.add(Transformer(f"sklearn.{_name}", Op.UNKNOWN, _name.split(".")[-1]))
for _name in ("pipeline.Pipeline", "compose.ColumnTransformer", "pipeline.FeatureUnion"):
    LIBRARY.add(Chain(f"sklearn.{_name}", Op.UNKNOWN, "pipeline"))
LIBRARY.add(Chain("sklearn.pipeline.make_pipeline", Op.UNKNOWN, "pipeline"))
LIBRARY.add(Chain("sklearn.compose.make_column_transformer", Op.UNKNOWN, "pipeline"))


def _function(name: str, op: Op) -> None:
    @LIBRARY.function(f"sklearn.preprocessing.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        return Tensor(run.node(op, name, tuple(t.node for t in tensors_in(args.values()))), NUMPY)


for _name in ("scale", "minmax_scale", "normalize", "robust_scale", "maxabs_scale", "quantile_transform"):
    _function(_name, Op.SCALE)
_function("label_binarize", Op.ENCODE)
