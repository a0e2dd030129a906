"""torchvision.models._utils.IntermediateLayerGetter: the first stages of a network, and what comes out of some of them.

Projects take it from there for their detectors and segmenters (DETR, RetinaFace), though its name is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.containers import is_open, open_up, put
from trainlint.frameworks.torch.module import NN_MODULE
from trainlint.frameworks.torch.named_containers import DictClass
from trainlint.frameworks.torch.tree import children, is_module
from trainlint.frameworks.torchvision.layers.build import first_of
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_RETURNED = "<return layers>"


class FeaturesClass(DictClass):
    """`IntermediateLayerGetter(model, {"layer4": "out"})`: the children up to the last that is asked for, in their order."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("model", "return_layers")
        model, wanted = given.get("model"), given.get("return_layers")
        if not isinstance(model, Instance) or not is_module(model) or not isinstance(wanted, DictValue):
            open_up(run, instance)
            run.escape_args(args, self.qualname)
            return
        names = {str(name): value for name, value in wanted.strings().items()}
        left = set(names)
        for name, child in children(model).items():
            if not left:
                break
            put(run, instance, name, child)
            left.discard(name)
        if left or wanted.open or not model.data.complete:
            open_up(run, instance)
        run.write(instance.attrs, _RETURNED, DictValue.of(names))

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        wanted = instance.attrs.get(_RETURNED)
        if not isinstance(wanted, DictValue):
            return Unknown("features of a network that is not known")
        value, names = first_of(args), wanted.strings()
        out = DictValue(open=is_open(instance))
        for name, child in children(instance).items():
            value = run.call(child, Args([value]))
            if name in names:
                out.set_item(run, names[name], value)
        return out


LIBRARY.add(FeaturesClass("torchvision.models._utils.IntermediateLayerGetter", (NN_MODULE,)))
