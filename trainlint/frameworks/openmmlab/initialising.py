"""How mmengine initialises: what `init_cfg` and `init_weights()` fill, and the functions for one layer.

Source: mmengine's documentation ("Initialization") and mmengine/model/weight_init.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.library import function
from trainlint.frameworks.torch.module import children, walk
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_SCHEMES: dict[str, tuple[str, dict[str, object]]] = {
    "Constant": ("constant_", {"val": 0.0}),
    "Normal": ("normal_", {"mean": 0.0, "std": 1.0}),
    "TruncNormal": ("trunc_normal_", {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0}),
    "Uniform": ("uniform_", {"a": 0.0, "b": 1.0}),
    "Xavier": ("xavier_", {"gain": 1.0}),
    "Kaiming": ("kaiming_", {"a": 0.0, "mode": "fan_out", "nonlinearity": "relu"}),
}
_ALIKE = {"_BatchNorm": "BatchNorm", "_InstanceNorm": "InstanceNorm", "_ConvNd": "Conv"}


def initialise(run: Interpreter, instance: Instance) -> Value:
    """`init_weights()`: what the module's own `init_cfg` says, then the same for the modules below."""
    config = instance.attrs.get("init_cfg", _NONE)
    entries = list(config.elements) if isinstance(config, ListValue | TupleValue) else [config]
    for entry in entries:
        mapping = as_dict(entry)
        if mapping is not None:
            _apply(run, instance, mapping.strings())
    for child in children(instance).values():
        if run.class_attribute(child.cls, "init_weights") is not None or child.is_a(
            "mmengine.model.BaseModule"
        ):
            run.call_method(child, "init_weights")
        elif not isinstance(child.cls, LibraryClass) or children(child):
            initialise(run, child)
    return _NONE


def _apply(run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
    kind = given.get("type", _NONE)
    word = str(kind.value).removesuffix("Init") if isinstance(kind, Const) else ""
    if word == "Pretrained":
        for _, module in walk(instance):
            run.write(module.data.state, "pretrained", True)
        return
    layers = given.get("layer", _NONE)
    listed = layers.elements if isinstance(layers, ListValue | TupleValue) else [layers]
    names = [str(e.value) for e in listed if isinstance(e, Const) and e.value is not None]
    if word in _SCHEMES and names:
        for _, module in walk(instance):
            own = str(getattr(module.cls, "qualname", "")).rsplit(".", 1)[-1]
            if any(own == name or (name in _ALIKE and own.startswith(_ALIKE[name])) for name in names):
                fill(run, module, word, given)


def fill(run: Interpreter, module: Instance, word: str, given: dict[str, Value]) -> None:
    """One scheme for a layer's weight, and `bias` for its bias."""
    name, defaults = _SCHEMES[word]
    chosen = {key: given.get(key, Const(value)) for key, value in defaults.items()}
    if name.endswith("_") and word in ("Xavier", "Kaiming"):
        shape = given.get("distribution", Const("normal"))
        name += f"{shape.value}_" if isinstance(shape, Const) else "normal_"
    weight, bias = module.attrs.get("weight"), module.attrs.get("bias")
    if isinstance(weight, Tensor) and weight.parameter is not None:
        run.call(run.library_name(f"torch.nn.init.{name}"), Args([weight], chosen))
    if isinstance(bias, Tensor) and bias.parameter is not None:
        value = given.get("bias", Const(0.0))
        run.call(run.library_name("torch.nn.init.constant_"), Args([bias], {"val": value}))


for _function, _word in (("constant_init", "Constant"), ("normal_init", "Normal"), ("trunc_normal_init", "TruncNormal"),
                         ("uniform_init", "Uniform"), ("xavier_init", "Xavier"), ("kaiming_init", "Kaiming")):  # fmt: skip

    @function(_function)
    def _fill(run: Interpreter, args: Args, word: str = _word) -> Value:
        """`kaiming_init(module, a=0, mode='fan_out', ...)` and its like."""
        given = args.bind("module", *_SCHEMES[word][1])
        module = given.pop("module", _NONE)
        if isinstance(module, Instance):
            fill(run, module, word, {**given, **{k: v for k, v in args.keywords.items() if k != "module"}})
        return _NONE


@function("update_init_info")
def _noted(run: Interpreter, args: Args) -> Value:
    """`update_init_info(module, init_info)`: how a module was initialised, for the log."""
    return _NONE


@function("trunc_normal_")
def _trunc_normal(run: Interpreter, args: Args) -> Value:
    """`mmengine.model.weight_init.trunc_normal_(tensor, mean, std, a, b)`: torch's."""
    return run.call(run.library_name("torch.nn.init.trunc_normal_"), args)


@function("caffe2_xavier_init")
def _caffe2_xavier(run: Interpreter, args: Args) -> Value:
    """`caffe2_xavier_init(module, bias=0)`: what Caffe2 calls Xavier is He's uniform by fan_in, of slope 1."""
    given = args.bind("module", "bias")
    chosen = {"a": Const(1.0), "mode": Const("fan_in"), "nonlinearity": Const("leaky_relu"),
              "distribution": Const("uniform"), "bias": given.get("bias", Const(0.0))}  # fmt: skip
    module = given.get("module", _NONE)
    if isinstance(module, Instance):
        fill(run, module, "Kaiming", dict(chosen))
    return _NONE


@function("bias_init_with_prob")
def _prior(run: Interpreter, args: Args) -> Value:
    """-log((1 - p) / p)"""
    import math

    p = args.positional[0] if args.positional else args.keywords.get("prior_prob", _NONE)
    known = isinstance(p, Const) and isinstance(p.value, float) and 0 < p.value < 1
    return Const(-math.log((1 - p.value) / p.value)) if known and isinstance(p, Const) else Unknown("a bias")
