"""Networks that start from published weights: which they are, and what is trained of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trainlint.facts.graph import Init, Module, Node, Op, Parameter
from trainlint.facts.losses import Output
from trainlint.facts.ranges import Range
from trainlint.facts.training import Optimizer, ParamGroup

_VISUAL = re.compile(
    r"ForImage|ForObject|ForSemantic|ForInstance|ForUniversal|ForDepth|ForZeroShotImage|ForZeroShotObject|Backbone|ResNet"
    r"|RegNet|ConvNext|EfficientNet|MobileNet|^Bit|Swin|ViT|Vision|Deit|DeiT|Beit|Segformer|Detr|Dinov|Yolos|CLIP"
)
"""Names of transformers' classes that work on pictures."""


def sort_of(module: Module) -> str:
    """`transformer` for language and speech models of transformers, else `vision`."""
    package, _, name = module.qualname.partition(".")
    language = package in ("transformers", "sentence_transformers") and not _VISUAL.search(name)
    return "transformer" if language else "vision"


def body_of(module: Module | None) -> Module | None:
    """The outermost module above (or the module itself) whose weights are published."""
    found = None
    while module is not None:
        if module.published:
            found = module
        module = module.parent
    return found


def tuned_body(optimizer: Optimizer, group: ParamGroup) -> Module | None:
    """The published network all of whose weights this group trains, or a part of it; None where some of that network
    are frozen, or may be."""
    frozen = {id(p) for p in optimizer.state.get("frozen", ())}
    for parameter in group.parameters.parameters:
        owner = parameter.module
        if owner is None or not owner.published or owner.op is Op.NORM:
            continue
        body = body_of(owner) or owner
        known = [p for m in body.walk() for p in m.parameters.values()]
        if not any(id(p) in frozen or p.requires_grad is not True for p in (*known, parameter)):
            return body
    return None


ANEW = frozenset({
    "he", "xavier", "lecun", "orthogonal", "normal", "uniform", "trunc_normal", "constant", "zeros", "ones", "eye", "dirac",
    "sparse",
})  # fmt: skip
"""Initialisations of which nothing of the old values is left. (`custom` may be computed from them.)"""


def overwritten(parameter: Parameter) -> Init | None:
    """The initialisation that replaces published or loaded weights, if one does for certain."""
    schemes = [init.scheme for init in parameter.inits]
    if "pretrained" not in schemes:
        return None
    last = len(schemes) - schemes[::-1].index("pretrained")
    later = parameter.inits[last:]
    drawn = [init for init in later if not init.maybe and init.scheme in ANEW]
    return drawn[-1] if drawn and not any(init.scheme == "copy" for init in later) else None


@dataclass(frozen=True)
class PublishedHead:
    """An output layer that came with published weights. module: the network or the layer that says how many classes."""

    module: Module
    classes: int


def published_classes(prediction: Node | None, output: Output | None) -> PublishedHead | None:
    """The head that a prediction comes from, where it is one with published weights; output: its last layer."""
    if output is not None:
        module = output.layer.module
        if module is None or not module.published:
            return None
        sizes = [module.options[n].value for n in ("out_features", "out_channels") if n in module.options]
        return (
            PublishedHead(body_of(module) or module, sizes[0])
            if sizes and isinstance(sizes[0], int)
            else None
        )
    node = prediction
    while node is not None and node.op in (Op.ACTIVATION, Op.CAST) and node.inputs:
        node = node.inputs[0]
    if node is None or node.op is not Op.BACKBONE or node.module is None or not node.module.published:
        return None
    top, classes = (node.options.get(name) for name in ("include_top", "num_classes"))
    if top is None or top.value is not True or classes is None or not isinstance(classes.value, int):
        return None
    return PublishedHead(node.module, classes.value)


def scales_inputs(module: Module | None) -> bool:
    """Whether a network has a range of its own for its inputs: it scales bytes itself, or its weights are published."""
    while module is not None:
        low, high = (module.options.get(name) for name in ("expects_low", "expects_high"))
        if (
            low is not None
            and high is not None
            and (module.published or (low.value, high.value) == (0.0, 255.0))
        ):
            return True
        module = module.parent
    return False


def expected_range(module: Module) -> Range | None:
    """The range of the pictures that a network's published weights were trained with; None where that is not known."""
    low, high = (module.options.get(name) for name in ("expects_low", "expects_high"))
    if not module.published or low is None or high is None or low.value is None or high.value is None:
        return None
    return Range(low.value, high.value)
