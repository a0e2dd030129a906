"""Networks that start from published weights: which they are, and what is trained of them."""

from __future__ import annotations

import re

from trainlint.facts.graph import Init, Module, Op, Parameter
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


def overwritten(parameter: Parameter) -> Init | None:
    """The initialisation that replaces published or loaded weights, if one does for certain."""
    schemes = [init.scheme for init in parameter.inits]
    if "pretrained" not in schemes:
        return None
    later = parameter.inits[schemes.index("pretrained") + 1 :]
    if any(init.maybe or init.scheme in ("pretrained", "copy") for init in later):
        return None
    return later[-1] if later else None
