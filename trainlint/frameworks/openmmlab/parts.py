"""mmcv.cnn: layers by config, and the convolution with normalisation and activation that nearly every network is made of.

Names and defaults: mmcv's documentation ("CNN") and its reference of mmcv.cnn (2.x; 1.x has the same).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.library import add, function
from trainlint.frameworks.openmmlab.registry import lookup, root
from trainlint.frameworks.openmmlab.words import ACTIVATIONS, CONVOLUTIONS, NORMS, UPSAMPLES
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_SHORT = {
    "Batch": "bn",
    "Sync": "bn",
    "Group": "gn",
    "Layer": "ln",
    "Insta": "in",
    "LN": "ln",
    "BN": "bn",
    "GN": "gn",
}


def _class(run: Interpreter, kind: Value, table: dict[str, str]) -> Value:
    """The class that a config's `type` names: by mmcv's own word, of the project, or of torch.nn."""
    if not isinstance(kind, Const) or not isinstance(kind.value, str):
        return kind
    if kind.value in table:
        word = table[kind.value]
        return run.library_name(word if "." in word else f"torch.nn.{word}")
    found = lookup(run, root(run, "MODELS"), kind.value)
    return found if found is not None else Unknown(f"the layer {kind.value}")


def _split(config: Value, default: str) -> tuple[Value, dict[str, Value]]:
    """Type and other arguments of a config; None stands for the default."""
    entries = as_dict(config)
    given = dict(entries.strings()) if entries is not None else {}
    unknown = entries is None and not (isinstance(config, Const) and config.value is None)
    kind: Value = Unknown("the type of a layer") if unknown else Const(default)
    return given.pop("type", kind), given


@function("build_conv_layer")
def build_conv_layer(run: Interpreter, args: Args) -> Value:
    """`build_conv_layer(cfg, *args, **kwargs)`; without a config Conv2d."""
    kind, given = _split(args.positional[0] if args.positional else args.keywords.get("cfg", _NONE), "Conv2d")
    rest = {k: v for k, v in args.keywords.items() if k != "cfg"}
    return run.call(_class(run, kind, CONVOLUTIONS), Args(args.positional[1:], rest | given, args.open))


@function("build_norm_layer")
def build_norm_layer(run: Interpreter, args: Args) -> Value:
    """`build_norm_layer(cfg, num_features, postfix)`: its name, and the layer."""
    bound = args.bind("cfg", "num_features", "postfix")
    kind, given = _split(bound.get("cfg", _NONE), "BN")
    cls = _class(run, kind, NORMS)
    given.pop("requires_grad", None)
    own = run.get_attr(cls, "__name__")
    text = str(own.value) if isinstance(own, Const) else ""
    short = next((word for start, word in _SHORT.items() if text.startswith(start)), "norm_layer")
    features, postfix = (
        bound.get("num_features", Unknown("a number of channels")),
        bound.get("postfix", Const("")),
    )
    if text == "GroupNorm":
        made = run.call(cls, Args([], {"num_channels": features, **given}))
    else:
        made = run.call(cls, Args([features], given))
    end = str(postfix.value) if isinstance(postfix, Const) else ""
    return TupleValue([Const(short + end), made])


@function("build_activation_layer")
def build_activation_layer(run: Interpreter, args: Args) -> Value:
    """`build_activation_layer(cfg)`"""
    kind, given = _split(args.positional[0] if args.positional else args.keywords.get("cfg", _NONE), "ReLU")
    return run.call(_class(run, kind, ACTIVATIONS), Args([], given))


@function("build_upsample_layer")
def build_upsample_layer(run: Interpreter, args: Args) -> Value:
    """`build_upsample_layer(cfg, *args, **kwargs)`: transposed convolution or interpolation."""
    kind, given = _split(
        args.positional[0] if args.positional else args.keywords.get("cfg", _NONE), "nearest"
    )
    rest = {k: v for k, v in args.keywords.items() if k != "cfg"} | given
    word = kind.value if isinstance(kind, Const) else None
    if UPSAMPLES.get(str(word)) == "Upsample":
        kept = {k: v for k, v in rest.items() if k in ("scale_factor", "size", "align_corners")}
        return run.call(run.library_name("torch.nn.Upsample"), Args([], {"mode": kind, **kept}))
    return run.call(_class(run, kind, UPSAMPLES), Args(args.positional[1:], rest))


_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "conv_cfg",
         "norm_cfg", "act_cfg", "inplace", "with_spectral_norm", "padding_mode", "order")  # fmt: skip


class ConvModuleClass(ModuleClass):
    """ConvModule: `conv`, the norm under its short name, `activate`; called in its `order`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*_CONV)
        norm, act = given.get("norm_cfg", _NONE), given.get("act_cfg", DictValue.of({"type": Const("ReLU")}))
        normed = norm.truth(run) is not False
        bias = given.get("bias", Const("auto"))
        if isinstance(bias, Const) and bias.value == "auto":
            bias = Const(not normed)
        sizes = {name: given[name] for name in _CONV[:7] if name in given}
        conv = run.call(
            run.library_name("mmcv.cnn.build_conv_layer"),
            Args([given.get("conv_cfg", _NONE)], sizes | {"bias": bias}),
        )
        run.set_instance_attribute(instance, "conv", conv)
        order = given.get("order", TupleValue([Const("conv"), Const("norm"), Const("act")]))
        words = [str(e.value) for e in order.iterate(run).values if isinstance(e, Const)]
        name = ""
        if normed:
            last = "norm" in words and "conv" in words and words.index("norm") < words.index("conv")
            channels = given.get("in_channels" if last else "out_channels", _NONE)
            pair = run.call(run.library_name("mmcv.cnn.build_norm_layer"), Args([norm, channels]))
            name = (
                str(pair.elements[0].value)
                if isinstance(pair, TupleValue) and isinstance(pair.elements[0], Const)
                else "bn"
            )
            run.set_instance_attribute(
                instance, name, pair.elements[1] if isinstance(pair, TupleValue) else Unknown("a norm")
            )
        active = not (isinstance(act, Const) and act.value is None)
        if active:
            activation = run.call(run.library_name("mmcv.cnn.build_activation_layer"), Args([act]))
            run.set_instance_attribute(instance, "activate", activation)
        parts = {"conv": "conv", "norm": name, "act": "activate" if active else ""}
        run.write(instance.data.state, "order", tuple(parts[w] for w in words if parts.get(w)))
        for key, value in (
            ("with_norm", Const(normed)),
            ("with_activation", Const(active)),
            ("with_bias", bias),
        ):
            run.write(instance.attrs, key, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "norm":
            norms = [p for p in instance.data.state.get("order", ()) if p not in ("conv", "activate")]
            return instance.attrs.get(norms[0]) if norms else _NONE
        if name in _CONV[:7] and isinstance(instance.attrs.get("conv"), Instance):
            return run.get_attr(instance.attrs["conv"], name)
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        x = args.bind("x", "activate", "norm")
        value, active, normed = x.get("x", _NONE), x.get("activate", Const(True)), x.get("norm", Const(True))
        for part in instance.data.state.get("order", ()):
            off = active if part == "activate" else normed if part != "conv" else Const(True)
            if off.truth(run) is not False:
                value = run.call(instance.attrs.get(part, _NONE), Args([value]))
        return value


CONV_MODULE = add(ConvModuleClass("mmcv.cnn.ConvModule", (NN_MODULE,)))


class SeparableClass(ModuleClass):
    """DepthwiseSeparableConvModule: a convolution of each channel, then one of single pixels."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(
            *_CONV[:6], "norm_cfg", "act_cfg", "dw_norm_cfg", "dw_act_cfg", "pw_norm_cfg", "pw_act_cfg"
        )
        width = given.get("in_channels", _NONE)
        shared: dict[str, Value] = {k: given[k] for k in ("norm_cfg", "act_cfg") if k in given}
        for name, first in (("depthwise_conv", "dw"), ("pointwise_conv", "pw")):
            options: dict[str, Value] = {**shared}
            for key in ("norm_cfg", "act_cfg"):
                own = given.get(f"{first}_{key}", Const("default"))
                if not (isinstance(own, Const) and own.value == "default"):
                    options[key] = own
            if first == "dw":
                sizes = {k: given[k] for k in _CONV[2:6] if k in given} | {
                    "out_channels": width,
                    "groups": width,
                }
            else:
                sizes = {"out_channels": given.get("out_channels", _NONE), "kernel_size": Const(1)}
            made = run.call(CONV_MODULE, Args([], {"in_channels": width, **sizes, **options}))
            run.set_instance_attribute(instance, name, made)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = args.positional[0] if args.positional else _NONE
        for name in ("depthwise_conv", "pointwise_conv"):
            value = run.call(instance.attrs.get(name, _NONE), Args([value]))
        return value


add(SeparableClass("mmcv.cnn.DepthwiseSeparableConvModule", (NN_MODULE,)))
for _name in ("Conv2d", "Conv3d", "ConvTranspose2d", "ConvTranspose3d", "Linear", "MaxPool2d", "MaxPool3d"):

    @function(_name)
    def _wrapped(run: Interpreter, args: Args, name: str = _name) -> Value:
        """mmcv's wrappers around torch's layers, for empty inputs."""
        return run.call(run.library_name(f"torch.nn.{name}"), args)
