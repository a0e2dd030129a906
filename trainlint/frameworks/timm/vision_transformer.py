"""timm's Vision Transformer, which local classes extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.timm.layers import BLOCK, NONE, PATCH_EMBED, VIT, PartClass, made
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torchvision.layers.build import (
    add,
    first_of,
    layer,
    operation,
    put,
    sequential,
    shape_of,
    start,
    through,
    trunc_normal,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class VisionTransformer(PartClass):
    """patch_embed, cls_token and pos_embed, blocks, norm and head; local classes extend it."""

    def build(self, run: Interpreter, instance: Instance, given: dict[str, Value]) -> None:
        dim, classes = given.get("embed_dim", Const(768)), given.get("num_classes", Const(1000))
        size: dict[str, Value] = {
            n: v for n, v in given.items() if n in ("img_size", "patch_size", "in_chans")
        }
        kept = ("num_heads", "mlp_ratio", "norm_layer", "act_layer")
        keep: dict[str, Value] = {
            n: v for n, v in given.items() if n in kept and not (isinstance(v, Const) and v.value is None)
        }
        keep |= {
            "num_heads": given.get("num_heads", Const(12)),
            "qkv_bias": given.get("qkv_bias", Const(True)),
        }
        depth = given.get("depth", Const(12))
        patches = run.call(given.get("embed_layer", PATCH_EMBED), Args([], {**size, "embed_dim": dim}))
        put(run, instance, {"patch_embed": patches})
        width = dim.value if isinstance(dim, Const) and isinstance(dim.value, int) else None
        add_parameter(run, instance, "cls_token", (1, 1, width))
        tokens = run.get_attr(patches, "num_patches")
        length = tokens.value + 1 if isinstance(tokens, Const) and isinstance(tokens.value, int) else None
        add_parameter(run, instance, "pos_embed", (1, length, width))
        count = depth.value if isinstance(depth, Const) and isinstance(depth.value, int) else 1
        blocks = sequential(
            run, [run.call(given.get("block_fn", BLOCK), Args([dim], keep)) for _ in range(count)]
        )
        head = layer(run, "Linear", dim, classes)
        if isinstance(classes, Const) and classes.value == 0:
            head = layer(run, "Identity")
        put(run, instance, {
            "pos_drop": layer(run, "Dropout", given.get("drop_rate", Const(0.0))), "blocks": blocks,
            "norm": made(run, keep.get("norm_layer"), "LayerNorm", dim), "head": head,
        })  # fmt: skip
        for name, value in (("embed_dim", dim), ("num_features", dim), ("num_classes", classes)):
            run.set_instance_attribute(instance, name, value)
        trunc_normal(run, instance, ("linear",), 0.02)
        start(run, instance.data, "pos_embed", "trunc_normal", mean=0.0, std=0.02)
        start(run, instance.data, "cls_token", "normal", mean=0.0, std=1e-6)

    def features(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        """Tokens after the last norm."""
        value = through(run, instance, value, ("patch_embed",))
        shape = shape_of(value, 3)
        longer = (shape[0], shape[1] + 1 if shape[1] else None, shape[2]) if shape else None
        token = instance.attrs.get("cls_token", Unknown("cls_token"))
        value = operation(run, instance, Op.CONCAT, "cat", [token, value], longer)
        value = add(run, instance, value, instance.attrs.get("pos_embed", Unknown("pos_embed")))
        return through(run, instance, value, ("pos_drop", "blocks", "norm"))

    def classified(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        """The head, on the class's token."""
        shape = shape_of(value, 3)
        first = (shape[0], shape[2]) if shape else None
        return through(run, instance, operation(run, instance, Op.INDEX, "index", [value], first), ("head",))

    def passed(self, run: Interpreter, instance: Instance, value: Value) -> Value:
        tokens = run.call_method(instance, "forward_features", value)
        if shape_of(tokens, 2) is not None:  # a local class takes the token by itself
            return through(run, instance, tokens, ("head",))
        return self.classified(run, instance, tokens)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "forward_features":
            return Native(name, lambda r, args: self.features(r, instance, first_of(args)))
        if name == "forward_head":
            return Native(name, lambda r, args: self.classified(r, instance, first_of(args)))
        if name in ("_init_weights", "init_weights"):
            return Native(name, lambda r, args: NONE)
        if name == "no_weight_decay":
            return Native(name, lambda r, args: Unknown("names of parameters"))
        if name == "get_classifier":
            return Native(name, lambda r, args: instance.attrs.get("head", Unknown("head")))
        return super().attribute(run, instance, name)


TRANSFORMER = VisionTransformer(
    f"{VIT}.VisionTransformer",
    "img_size=224, patch_size=16, in_chans=3, num_classes=1000, *, global_pool='token', embed_dim=768, depth=12, "
    "num_heads=12, mlp_ratio=4.0, qkv_bias=True, qk_scale=None, representation_size=None, distilled=False, drop_rate=0.0, "
    "attn_drop_rate=0.0, drop_path_rate=0.0, embed_layer=None, norm_layer=None, act_layer=None, block_fn=None, "
    "weight_init='', fc_norm=None, class_token=True, init_values=None",
)
LIBRARY.add(TRANSFORMER, "timm.models.VisionTransformer")
