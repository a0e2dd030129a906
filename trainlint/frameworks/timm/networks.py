"""timm.create_model: whole networks by name, with their weights. The body is one node; the head's last layer is real.

Families, heads and expected inputs are those of timm's documentation (feature extraction, pretrained_cfg, reset_classifier).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Module, Op
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.pretrained import BODY, take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.models import HALF, STANDARDISED
from trainlint.model import Place
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Range = tuple[float, float]

FAMILIES: tuple[tuple[str, str, bool, Range | None], ...] = (
    ("resnet resnext wide_resnet seresnet seresnext ecaresnet res2net resnest skresnet", "fc", True, STANDARDISED),
    ("efficientnet_b efficientnet_es efficientnet_lite mobilenetv2 mobilenetv3 mnasnet fbnet densenet ghostnet", "classifier",
     True, STANDARDISED),
    ("tf_efficientnet efficientnetv2 mixnet tf_mobilenet", "classifier", True, None),
    ("inception_v3", "fc", True, None),
    ("vgg", "head.fc", False, STANDARDISED),
    ("regnet", "head.fc", True, STANDARDISED),
    ("convnext swin", "head.fc", False, STANDARDISED),
    ("deit", "head", False, STANDARDISED),
    ("vit_", "head", False, HALF),
)  # fmt: skip
"""(beginnings of names, attribute of the last layer, batch norm inside, range of the inputs that the weights expect)."""
OTHER_CLASSES = ("in21k", "in22k", "in12k", "clip", "dino", "mae", "openai", "laion", "datacomp", "webli")
"""Parts of a weights' tag (`vit_base_patch16_224.augreg_in21k`) that stand for other classes than ImageNet's, or none."""


def family_of(name: str) -> tuple[str | None, bool | None, Range | None]:
    """Head, batch norm and expected range of an architecture; None for what is not known."""
    for beginnings, head, norm, expected in FAMILIES:
        if name.startswith(tuple(beginnings.split())):
            return head, norm, expected
    return None, None, None


class HeadClass(ModuleClass):
    """A head whose last layer is `fc`."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        layer = instance.attrs.get("fc")
        return run.call(layer, args) if layer is not None else super().forward(run, instance, args)


class NetworkClass(ModuleClass):
    """A network by its architecture's name; tag: that of its weights."""

    __slots__ = ("tag",)

    def __init__(self, name: str, tag: str) -> None:
        super().__init__(f"timm.{name}", (NN_MODULE,), Op.BACKBONE, name)
        self.tag = tag

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        module: Module = instance.data
        given = args.keywords
        head, norm, expected = family_of(self.name)
        classes: Value = given.get("num_classes", Const(None))
        told = not (isinstance(classes, Const) and classes.value is None)
        if not told:
            other = any(word in self.tag for word in OTHER_CLASSES) and "ft_in1k" not in self.tag
            classes = (
                Unknown("the number of classes") if other else Const(1000, (Place(run.here, "num_classes"),))
            )
        options: dict[str, Fact[Any]] = {"num_classes": run.fact(classes)}
        options["batchnorm"] = (
            known(norm) if norm is not None else unknown("an architecture that is not in the table")
        )
        if expected is not None and not any(word in self.tag for word in OTHER_CLASSES):
            options |= {"expects_low": known(expected[0]), "expects_high": known(expected[1])}
        module.options = options
        add_parameter(run, instance, BODY, None)
        pretrained = given.get("pretrained", Const(False)).truth(run)
        take_head = not told
        if take_head:
            self._put_head(run, instance, head, classes)
        take(run, instance, pretrained, published=True)
        if not take_head:
            self._put_head(run, instance, head, classes)

    def _put_head(self, run: Interpreter, instance: Instance, head: str | None, classes: Value) -> None:
        """The last layer; none for `num_classes=0`."""
        if head is None:
            return
        if isinstance(classes, Const) and classes.value == 0:
            layer = run.call(run.library_name("torch.nn.Identity"), Args())
        else:
            sizes: list[Value] = [Unknown("the features of a network"), classes]
            layer = run.call(run.library_name("torch.nn.Linear"), Args(sizes))
        name, _, inner = head.partition(".")
        if inner:
            part = Instance(HEAD, run.here)
            HEAD.allocate(run, part)
            part.data.state["prototype"] = True  # once code puts another head in its place, it is no network
            run.set_instance_attribute(part, inner, layer)
            layer = part
        run.set_instance_attribute(instance, name, layer)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        features = self._features(run, instance, args)
        head, _, _ = family_of(self.name)
        layer = instance.attrs.get(head.partition(".")[0]) if head is not None else None
        return run.call(layer, Args([features])) if layer is not None else features

    def _features(self, run: Interpreter, instance: Instance, args: Args) -> Tensor:
        module: Module = instance.data
        first = args.positional[0] if args.positional else None
        inputs = (tensor_input(run, first),)
        node = run.node(Op.BACKBONE, self.name, inputs, module=module, location=module.location)
        return Tensor(node, TORCH)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        head, _, _ = family_of(self.name)
        if name == "forward_features":
            return Native(name, lambda r, args: self._features(r, instance, args))
        if name == "get_classifier" and head is not None:
            return Native(name, lambda r, args: _reach(r, instance, head))
        if name == "reset_classifier":
            return Native(name, lambda r, args: self._reset(r, instance, head, args))
        if name in ("num_features", "default_cfg", "pretrained_cfg", "num_classes", "head_hidden_size"):
            return Unknown(f"{name} of a network")
        found = super().attribute(run, instance, name)
        if found is not None or name.startswith("_"):
            return found
        part = Instance(PART, run.here)
        PART.allocate(run, part)
        part.data.symbolic = True
        for key in ("pretrained", "published"):
            part.data.state[key] = instance.data.state.get(key, False)
        add_parameter(run, part, "<part>", None)
        run.set_instance_attribute(instance, name, part)
        return part

    def _reset(self, run: Interpreter, instance: Instance, head: str | None, args: Args) -> Value:
        """`reset_classifier(num_classes)`: a new last layer."""
        classes = args.bind("num_classes").get("num_classes", Unknown("the number of classes"))
        self._put_head(run, instance, head, classes)
        return Const(None)


HEAD = HeadClass("timm.layers.ClassifierHead", (NN_MODULE,))
PART = ModuleClass("timm.part", (NN_MODULE,))


def _reach(run: Interpreter, instance: Instance, path: str) -> Value:
    value: Value = instance
    for name in path.split("."):
        value = run.get_attr(value, name)
    return value


@LIBRARY.function("timm.create_model", "timm.models.create_model", "timm.models.factory.create_model",
                  "timm.models._factory.create_model")  # fmt: skip
def create_model(run: Interpreter, args: Args) -> Value:
    """`create_model("resnet50", pretrained=True, num_classes=10)`; lists of features are not modelled."""
    bound = args.bind("model_name", "pretrained")
    name = bound.get("model_name")
    keywords = {k: v for k, v in args.keywords.items() if k != "model_name"}
    if "pretrained" in bound:
        keywords["pretrained"] = bound["pretrained"]
    lists = keywords.get("features_only")
    if lists is not None and lists.truth(run) is not False:
        return Unknown("a network that returns lists of features")
    text = name.value if isinstance(name, Const) and isinstance(name.value, str) else ""
    text = text.removeprefix("hf_hub:").removeprefix("hf-hub:").removeprefix("timm/").rsplit("/", 1)[-1]
    local = _registered(run, text)
    if local is not None:
        keywords.setdefault("pretrained", Const(False))
        return run.call(local, Args([], keywords, args.open))
    classes: dict[str, NetworkClass] = run.memo.setdefault("timm.classes", {})
    if text not in classes:
        architecture, _, tag = text.partition(".")
        classes[text] = NetworkClass(architecture or "create_model", tag)
    return run.call(classes[text], Args([], keywords, args.open))


def _registered(run: Interpreter, name: str) -> Value | None:
    """The project's function of this name that stands under `@register_model`, in a module that has been imported."""
    for module in (*run.modules.values(), *run.project.modules.values()):
        found = module.namespace.get(name)
        node = found.node if isinstance(found, FunctionValue) else None
        if isinstance(node, ast.FunctionDef) and any(map(_registers, node.decorator_list)):
            return found
    return None


def _registers(decorator: ast.expr) -> bool:
    return "register_model" in ast.unparse(decorator)


@LIBRARY.function("timm.list_models", "timm.list_pretrained", "timm.data.resolve_data_config",
                  "timm.data.resolve_model_data_config")  # fmt: skip
def _looked_up(run: Interpreter, args: Args) -> Value:
    return ListValue(open=True) if not args.values() else Unknown("what timm knows of a network")
