"""Layers of timm that other repositories build their networks of, after its documentation.

A Vision Transformer's parts are made of torch.nn's layers, so that its linear layers, norms and activations are all there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torchvision.layers.build import (
    add,
    first_of,
    layer,
    moved,
    operation,
    put,
    shape_of,
    shaped,
    through,
)
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PLACES = ("timm.layers", "timm.models.layers")
VIT = "timm.models.vision_transformer"
NONE = Const(None)


def _two(run: Interpreter, value: Value) -> Value:
    return value if isinstance(value, TupleValue | ListValue) else TupleValue([value, value])


@LIBRARY.function(*(f"{p}.to_2tuple" for p in PLACES), *(f"{p}.helpers.to_2tuple" for p in PLACES))
def to_2tuple(run: Interpreter, args: Args) -> Value:
    """A pair of the same, unless it is a sequence."""
    return _two(run, args.positional[0]) if args.positional else Unknown("to_2tuple()")


def _as_torch(name: str) -> Handler:
    return lambda run, args: run.call(run.library_name(f"torch.nn.init.{name}"), args)


for _name in ("trunc_normal_", "trunc_normal_tf_"):
    for _place in (*PLACES, "timm.layers.weight_init", "timm.models.layers.weight_init", VIT):
        LIBRARY.function(f"{_place}.{_name}")(_as_torch("trunc_normal_"))


@LIBRARY.function("timm.models.registry.register_model", "timm.models.register_model", f"{VIT}.register_model",
                  "timm.models._registry.register_model")  # fmt: skip
def register_model(run: Interpreter, args: Args) -> Value:
    """A decorator that makes a function known to `create_model` by its name."""
    return args.positional[0] if args.positional else NONE


class PartClass(ModuleClass):
    """A layer that is built of torch.nn's: `parameters` is its signature."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str) -> None:
        super().__init__(qualname, (NN_MODULE,))
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        self.build(run, instance, signature(self.parameters).bind(args))

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        """Make the layers."""

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return self.passed(run, instance, first_of(args))

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        """One pass of data."""
        return value


def made(run: Interpreter, given: Value | None, default: str, *values: Value) -> Value:
    """A layer by the class that was given, or the default of torch.nn; None for None."""
    if isinstance(given, Const) and given.value is None:
        return run.call(run.library_name("torch.nn.Identity"), Args()) if default != "GELU" else _act(run)
    return run.call(
        given if given is not None else run.library_name(f"torch.nn.{default}"), Args(list(values))
    )


def _act(run: Interpreter) -> Value:
    return layer(run, "GELU")


def _scaled(run: Interpreter, dim: Value, ratio: Value | None) -> Value:
    factor = ratio.value if isinstance(ratio, Const) else 4.0 if ratio is None else None
    if isinstance(dim, Const) and isinstance(dim.value, int) and isinstance(factor, int | float):
        return Const(int(dim.value * factor), dim.origin)
    return Unknown("the width of an Mlp")


def _times(dim: Value, factor: int) -> Value:
    known = isinstance(dim, Const) and isinstance(dim.value, int)
    return Const(dim.value * factor, dim.origin) if known and isinstance(dim, Const) else Unknown("a width")


class DropPath(PartClass):
    """Stochastic depth: the data, or nothing of it."""

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        return operation(
            run, instance, Op.DROPOUT, "drop_path", [value], shape_of(value, 3) or shape_of(value, 4)
        )


class Mlp(PartClass):
    """Linear, activation, Linear."""

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        wide = given.get("in_features", Unknown("in_features"))
        hidden, out = (_or(given.get(name), wide) for name in ("hidden_features", "out_features"))
        put(run, instance, {
            "fc1": layer(run, "Linear", wide, hidden), "act": made(run, given.get("act_layer"), "GELU"),
            "fc2": layer(run, "Linear", hidden, out), "drop": layer(run, "Dropout", given.get("drop", Const(0.0))),
        })  # fmt: skip

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        return through(run, instance, value, ("fc1", "act", "drop", "fc2", "drop"))


def _or(value: Value | None, other: Value) -> Value:
    return other if value is None or (isinstance(value, Const) and value.value is None) else value


class Attention(PartClass):
    """Attention over tokens: `qkv` and `proj` are linear."""

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        dim = given.get("dim", Unknown("dim"))
        put(run, instance, {
            "qkv": layer(run, "Linear", dim, _times(dim, 3), bias=given.get("qkv_bias", Const(False))),
            "proj": layer(run, "Linear", dim, dim),
        })  # fmt: skip
        run.set_instance_attribute(instance, "num_heads", given.get("num_heads", Const(8)))

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        shape = shape_of(value, 3)
        wide = through(run, instance, value, ("qkv",))
        parts = [operation(run, instance, Op.INDEX, "index", [wide], shape) for _ in range(3)]
        scores = operation(run, instance, Op.MATMUL, "matmul", parts[:2])
        weights = run.call(
            run.library_name("torch.nn.functional.softmax"), Args([scores], {"dim": Const(-1)})
        )
        return through(
            run,
            instance,
            operation(run, instance, Op.MATMUL, "matmul", [weights, parts[2]], shape),
            ("proj",),
        )


class Block(PartClass):
    """Norm, attention, norm, Mlp, each pair with a residual sum."""

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        dim = given.get("dim", Unknown("dim"))
        keep: dict[str, Value] = {n: v for n, v in given.items() if n in ("num_heads", "qkv_bias")}
        mlp = {"hidden_features": _scaled(run, dim, given.get("mlp_ratio"))}
        if "act_layer" in given:
            mlp["act_layer"] = given["act_layer"]
        norm = given.get("norm_layer")
        put(run, instance, {
            "norm1": made(run, norm, "LayerNorm", dim), "attn": run.call(ATTENTION, Args([dim], keep)),
            "drop_path": run.call(DROP_PATH, Args()), "norm2": made(run, norm, "LayerNorm", dim),
            "mlp": run.call(MLP, Args([dim], mlp)),
        })  # fmt: skip

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        value = add(run, instance, value, through(run, instance, value, ("norm1", "attn", "drop_path")))
        return add(run, instance, value, through(run, instance, value, ("norm2", "mlp", "drop_path")))


class PatchEmbed(PartClass):
    """A picture to tokens, by a convolution of the patches' size."""

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        size, patch = (_two(run, given.get(n, Const(d))) for n, d in (("img_size", 224), ("patch_size", 16)))
        wide, dim = given.get("in_chans", Const(3)), given.get("embed_dim", Const(768))
        put(run, instance, {
            "proj": layer(run, "Conv2d", wide, dim, patch, stride=patch),
            "norm": made(run, given.get("norm_layer", NONE), "Identity", dim),
        })  # fmt: skip
        grid = [_quotient(a, b) for a, b in zip(_parts(size), _parts(patch), strict=False)]
        known = [g for g in grid if g is not None]
        whole = Const(known[0] * known[1]) if len(known) == 2 else Unknown("the number of patches")
        for name, value in (("num_patches", whole), ("img_size", size), ("patch_size", patch)):
            run.set_instance_attribute(instance, name, value)
        if len(known) == 2:
            run.set_instance_attribute(instance, "grid_size", TupleValue([Const(n) for n in known]))

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        value = through(run, instance, value, ("proj",))
        shape = shape_of(value, 4)
        tokens = shape[2] * shape[3] if shape and shape[2] and shape[3] else None
        value = shaped(run, instance, value, "flatten", (shape[0], shape[1], tokens) if shape else None)
        return through(run, instance, moved(run, instance, value, (0, 2, 1)), ("norm",))


def _parts(value: Value) -> list[Value]:
    return list(value.elements) if isinstance(value, TupleValue | ListValue) else []


def _quotient(a: Value, b: Value) -> int | None:
    if (
        isinstance(a, Const)
        and isinstance(b, Const)
        and isinstance(a.value, int)
        and isinstance(b.value, int)
    ):
        return a.value // b.value if b.value else None
    return None


_BLOCK = "dim, num_heads, mlp_ratio=4.0, qkv_bias=False, *, qk_scale=None, drop=0.0, proj_drop=0.0, attn_drop=0.0, " \
    "init_values=None, drop_path=0.0, act_layer=None, norm_layer=None, qk_norm=False, mlp_layer=None"  # fmt: skip
DROP_PATH = DropPath("timm.layers.DropPath", "drop_prob=0.0, scale_by_keep=True")
MLP = Mlp("timm.layers.Mlp", "in_features, hidden_features=None, out_features=None, act_layer=None, norm_layer=None, "
          "bias=True, drop=0.0, use_conv=False")  # fmt: skip
ATTENTION = Attention(f"{VIT}.Attention", "dim, num_heads=8, qkv_bias=False, qk_scale=None, attn_drop=0.0, proj_drop=0.0, "
                      "*, qk_norm=False, norm_layer=None")  # fmt: skip
BLOCK = Block(f"{VIT}.Block", _BLOCK)
PATCH_EMBED = PatchEmbed(
    "timm.layers.PatchEmbed",
    "img_size=224, patch_size=16, in_chans=3, embed_dim=768, norm_layer=None, flatten=True, bias=True",
)
for _class, _names in (
    (DROP_PATH, ("timm.models.layers.DropPath", "timm.layers.drop.DropPath", "timm.models.layers.drop.DropPath",
                 f"{VIT}.DropPath")),
    (MLP, ("timm.models.layers.Mlp", "timm.layers.mlp.Mlp", f"{VIT}.Mlp")),
    (PATCH_EMBED, ("timm.models.layers.PatchEmbed", f"{VIT}.PatchEmbed", "timm.layers.patch_embed.PatchEmbed")),
    (ATTENTION, ("timm.layers.Attention",)),
    (BLOCK, ()),
):  # fmt: skip
    LIBRARY.add(_class, *_names)
