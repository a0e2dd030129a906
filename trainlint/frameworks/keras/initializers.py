"""keras.initializers in the words of the facts, and keras.regularizers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Init, Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.model import Location
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Scheme:
    """What an initialiser does: the scheme and options of facts.Init. maybe: a condition decides."""

    scheme: str
    options: dict[str, Fact[Any]] = field(default_factory=dict)
    maybe: bool = False

    def init(self, location: Location) -> Init:
        """The fact, for a layer made at `location`."""
        return Init(self.scheme, location, self.options, self.maybe)


_FAN = "seed=None, input_axes=None, output_axes=None"
INITIALIZERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "RandomNormal": ("normal", "mean=0.0, stddev=0.05, seed=None", {}),
    "TruncatedNormal": ("trunc_normal", "mean=0.0, stddev=0.05, seed=None", {}),
    "RandomUniform": ("uniform", "minval=-0.05, maxval=0.05, seed=None", {}),
    "Constant": ("constant", "value=0.0", {}),
    "Zeros": ("zeros", "", {}),
    "Ones": ("ones", "", {}),
    "Identity": ("eye", "gain=1.0", {}),
    "Orthogonal": ("orthogonal", "gain=1.0, seed=None", {}),
    "GlorotUniform": ("xavier", _FAN, {"gain": 1.0, "distribution": "uniform"}),
    "GlorotNormal": ("xavier", _FAN, {"gain": 1.0, "distribution": "normal"}),
    "HeUniform": ("he", _FAN, {"mode": "fan_in", "distribution": "uniform"}),
    "HeNormal": ("he", _FAN, {"mode": "fan_in", "distribution": "normal"}),
    "LecunUniform": ("lecun", _FAN, {"distribution": "uniform"}),
    "LecunNormal": ("lecun", _FAN, {"distribution": "normal"}),
    "VarianceScaling": ("scaled", "scale=1.0, mode='fan_in', distribution='truncated_normal', seed=None", {}),
}
"""Class -> (scheme, signature, facts that the name says); Keras 3, whose defaults hold since Keras 1."""

_RENAMED = {"stddev": "std", "minval": "low", "maxval": "high", "scale": "std"}
_SHORT = {"normal": "RandomNormal", "uniform": "RandomUniform", "zero": "Zeros", "one": "Ones"}


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


BY_WORD: dict[str, str] = {
    **{name: name for name in INITIALIZERS},
    **{_snake(name): name for name in INITIALIZERS},
    **_SHORT,
}
"""Everything that `kernel_initializer=` knows as text."""


class InitializerClass(LibraryClass):
    """One class of keras.initializers; `instance.data` is its Scheme."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__(f"keras.initializers.{kind}", (BASE,))
        self.kind = kind

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data = self.scheme(run, args)

    def scheme(self, run: Interpreter, args: Args) -> Scheme:
        """Scheme and options, the documented defaults filled in."""
        scheme, parameters, said = INITIALIZERS[self.kind]
        table = signature(parameters)
        keywords = dict(args.keywords)
        if "scale" in keywords and self.kind in ("RandomNormal", "RandomUniform"):  # Keras 1
            keywords["stddev" if self.kind == "RandomNormal" else "maxval"] = keywords.pop("scale")
        bound = table.bind(Args(args.positional, keywords, args.open))
        given = table.facts(run, bound, skip=("seed", "input_axes", "output_axes"))
        if scheme == "scaled":
            return _scaled(given)
        options = {_RENAMED.get(key, key): fact for key, fact in given.items()}
        options.update({key: known(value) for key, value in said.items()})
        given_value = bound.get("value")
        if scheme == "constant" and given_value is not None and not isinstance(given_value, Const):
            return Scheme("copy" if isinstance(given_value, Tensor) else "custom")  # an array of values
        value = options.get("value")
        if scheme == "constant" and value is not None and value.known and value.value == 0:
            return Scheme("zeros", options)
        return Scheme(scheme, options)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        """`initializer(shape=(...))`: the drawn values."""
        scheme = instance.data
        drawn = scheme.scheme not in ("constant", "zeros", "ones", "eye")
        name = "full" if scheme.scheme == "constant" else scheme.scheme
        node = run.node(Op.RANDOM if drawn else Op.CONSTANT, name, (), dict(scheme.options), attached=False)
        return Tensor(node, KERAS)


def _scaled(given: dict[str, Fact[Any]]) -> Scheme:
    """VarianceScaling by what it amounts to: He for 2 / fan, Glorot for fan_avg, LeCun for 1 / fan_in."""
    scale, mode = given["scale"].value, given["mode"].value
    distribution = given["distribution"].value
    if not isinstance(scale, int | float) or not isinstance(mode, str) or scale < 0:
        return Scheme("custom")
    options: dict[str, Fact[Any]] = {
        "distribution": known("uniform" if distribution == "uniform" else "normal")
    }
    mode = mode.lower()
    if mode == "fan_avg":
        return Scheme("xavier", {**options, "gain": Fact(math.sqrt(scale), given["scale"].origin, "", True)})
    if scale == 2:
        return Scheme("he", {**options, "mode": known(mode)})
    return Scheme("lecun", {**options, "gain": Fact(math.sqrt(scale), given["scale"].origin, "", True)})


BASE = LibraryClass("keras.initializers.Initializer")
LIBRARY.add(BASE)
CLASSES = {kind: InitializerClass(kind) for kind in INITIALIZERS}
for _kind, _cls in CLASSES.items():
    words = [word for word, kind in BY_WORD.items() if kind == _kind]
    LIBRARY.add(_cls, *(f"keras.initializers.{word}" for word in words))
for _at, _kind in (
    ("tensorflow.contrib.layers.xavier_initializer", "GlorotUniform"),
    ("tensorflow.contrib.layers.variance_scaling_initializer", "VarianceScaling"),
    ("tensorflow.orthogonal_initializer", "Orthogonal"),
    ("tensorflow.glorot_uniform_initializer", "GlorotUniform"),
    ("tensorflow.glorot_normal_initializer", "GlorotNormal"),
    ("tensorflow.variance_scaling_initializer", "VarianceScaling"),
):
    LIBRARY.entries[_at] = CLASSES[_kind]


def scheme_of(run: Interpreter, value: Value | None, depth: int = 0) -> Scheme | None:
    """What `kernel_initializer=` amounts to; None where nothing is given, so that the library's default holds."""
    if value is None or (isinstance(value, Const) and value.value is None):
        return None
    if isinstance(value, Const) and isinstance(value.value, str):
        kind = BY_WORD.get(value.value)
        return CLASSES[kind].scheme(run, Args()) if kind is not None else Scheme("custom")
    if isinstance(value, InitializerClass):
        return value.scheme(run, Args())
    if isinstance(value, Instance):
        return value.data if isinstance(value.data, Scheme) else Scheme("custom")
    if isinstance(value, UnionValue) and depth < 3:
        found = [scheme_of(run, v, depth + 1) for v in value.alternatives]
        first = next((s for s in found if s is not None), None)
        return Scheme(first.scheme, first.options, True) if first is not None else None
    if isinstance(value, DictValue):
        return _configured(run, value)
    if type(value) is Unknown:
        return Scheme("custom", maybe=True)
    return Scheme("custom")


def _configured(run: Interpreter, config: DictValue) -> Scheme:
    """`{"class_name": "HeNormal", "config": {...}}`"""
    entries = config.strings()
    name, inner = entries.get("class_name"), entries.get("config")
    kind = BY_WORD.get(str(name.value)) if isinstance(name, Const) else None
    if kind is None:
        return Scheme("custom")
    return CLASSES[kind].scheme(run, Args([], inner.strings() if isinstance(inner, DictValue) else {}))


@LIBRARY.function("keras.initializers.get", "keras.initializers.deserialize")
def get_initializer(run: Interpreter, args: Args) -> Value:
    """`keras.initializers.get("he_normal")`: an object that remembers what it is."""
    value = args.values()[0] if args.values() else Unknown("initializer")
    scheme = scheme_of(run, value)
    if scheme is None or scheme.scheme == "custom" or isinstance(value, Instance):
        return value
    made = Instance(CLASSES["GlorotUniform"], run.here)
    made.data = scheme
    return made


# -- regularizers


class RegularizerClass(LibraryClass):
    """l1, l2 and both: `instance.data` is {"l1": fact, "l2": fact}."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str) -> None:
        super().__init__(qualname)
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        keywords = dict(args.keywords)
        if "l" in keywords:
            keywords[table.names[0]] = keywords.pop("l")
        bound = table.bind(Args(args.positional, keywords, args.open))
        instance.data = table.facts(run, bound, numbers=table.names)


for _names, _parameters in (
    (("L1", "l1"), "l1=0.01"),
    (("L2", "l2"), "l2=0.01"),
    (("L1L2", "l1_l2", "l1l2"), "l1=0.0, l2=0.0"),
):
    for _name in _names:
        LIBRARY.add(RegularizerClass(f"keras.regularizers.{_name}", _parameters))


def l2_of(value: Value | None) -> Fact[Any] | None:
    """The L2 penalty of `kernel_regularizer=`; None without one."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return known(0.01, value.origin) if value.value.lower() in ("l2", "l1_l2", "l1l2") else None
    data = getattr(value, "data", None)
    found = data.get("l2") if isinstance(data, dict) else None
    return found if isinstance(found, Fact) else None
