"""What segmenters and detectors of torchvision share: a ResNet without its head, published weights, classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    block,
    through,
)
from trainlint.frameworks.torchvision.models import _pretrained
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

STAGES = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


def _same(run: Interpreter, instance: Instance, value: Value) -> Value:
    return through(run, instance, value, STAGES)


BODY = BlockClass("torchvision.models._utils.IntermediateLayerGetter", _same)


def resnet_body(run: Interpreter, name: str, pretrained: bool | None, frozen_norms: bool = False) -> Instance:
    """The stages of a ResNet, without its head. frozen_norms: its batch norms keep the statistics of their weights."""
    options = {"norm_layer": run.library_name("torchvision.ops.FrozenBatchNorm2d")} if frozen_norms else {}
    whole = run.call(run.library_name(f"torchvision.models.{name}"), Args([], options))
    assert isinstance(whole, Instance)
    body = block(run, BODY, {stage: whole.attrs[stage] for stage in STAGES})
    run.write(whole.data.state, "prototype", True)  # no network of the program
    take(run, body, pretrained, published=True)
    return body


def weights_of(run: Interpreter, args: Args) -> tuple[bool | None, bool | None]:
    """Whether the whole network, and its body, start with published weights; the body does by default."""
    given = args.bind("weights=", "pretrained=", "weights_backbone=", "pretrained_backbone=")
    if args.positional:
        given["weights"] = args.positional[0]
    whole = _pretrained(run, given)
    body = {new: given[old] for new, old in (("weights", "weights_backbone"), ("pretrained", "pretrained_backbone"))
            if old in given}  # fmt: skip
    return whole, _pretrained(run, body) if body else True


def classes_of(args: Args, default: int, place: int = 2) -> Value:
    """num_classes=..., or the default of the weights."""
    if "num_classes" in args.keywords:
        return args.keywords["num_classes"]
    return args.positional[place] if len(args.positional) > place else Const(default)
