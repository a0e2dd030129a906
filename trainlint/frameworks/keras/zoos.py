"""Packages of published Keras networks beside keras.applications: keras_applications, efficientnet, classification_models,
and segmentation_models. As there, a body is one node, and what the arguments say of the head is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Module, Op, Shape
from trainlint.frameworks.keras.activations import activate
from trainlint.frameworks.keras.applications import NETWORKS, ApplicationClass
from trainlint.frameworks.keras.given_shapes import shape_of
from trainlint.frameworks.keras.layers import PRESENT, add_weight, value
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.loss_tables import PROBABILITIES, LossKind
from trainlint.frameworks.keras.losses import LossClass
from trainlint.frameworks.keras.models import MODEL_CLASS, with_shape
from trainlint.frameworks.keras.tensor import KERAS, planned_input
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_RESIDUAL = {"resnet18": 512, "resnet34": 512, "seresnet18": 512, "seresnet34": 512,
             **dict.fromkeys(("seresnet50", "seresnet101", "seresnet152", "resnext50", "resnext101", "seresnext50",
                              "seresnext101", "senet154"), 2048)}  # fmt: skip
"""Networks of classification_models that keras.applications lacks, with the width of what they return (its sources, 1.0)."""

for _name, _row in NETWORKS.items():
    _class = LIBRARY.entries[f"keras.applications.{_name}"]
    LIBRARY.entries[f"keras_applications.{_row[0]}.{_name}"] = _class
    if _row[0] == "efficientnet":  # these expect what their own preprocess_input() makes
        _class = ApplicationClass(_name, (*_row[:4], ""))
        for _package in ("efficientnet", "efficientnet.keras", "efficientnet.tfkeras"):
            LIBRARY.entries[f"{_package}.{_name}"] = _class


@LIBRARY.function(*(f"efficientnet{place}.preprocess_input" for place in ("", ".keras", ".tfkeras")))
def _prepare(run: Interpreter, args: Args) -> Value:
    """Images as the network expects them."""
    if not args.positional:
        return Unknown("preprocess_input()")
    node = run.as_node(args.positional[0])
    return Tensor(run.node(Op.SCALE, "preprocess_input", (node,), {}, node.shape), KERAS)


PREPARE = Native("preprocess_input", _prepare)
_BY_NAME = {name.lower(): LIBRARY.entries[f"keras.applications.{name}"] for name in NETWORKS}
for _name, _width in _RESIDUAL.items():
    _gate = _name.startswith("se")
    _own = ApplicationClass(_name, ("se_resnet" if _gate else "resnet", _width, 224, True, ""))
    _own.qualname = f"classification_models.models.{_name}"
    _BY_NAME[_name] = _own


def _get(run: Interpreter, args: Args) -> Value:
    """`Classifiers.get("resnet18")`: the class, and what prepares its input."""
    name = args.bind("name").get("name")
    found = (
        _BY_NAME.get(name.value.lower()) if isinstance(name, Const) and isinstance(name.value, str) else None
    )
    row = found.row if isinstance(found, ApplicationClass) else ("", 0, 0, False, "")
    prepare = LIBRARY.entries.get(f"keras.applications.{row[0]}.preprocess_input") if row[4] else None
    return TupleValue([found if found is not None else Unknown("a classifier"), prepare or PREPARE])


for _package in ("classification_models", "classification_models.keras", "classification_models.tfkeras"):
    LIBRARY.function(f"{_package}.Classifiers.get")(_get)


# -- segmentation_models

SEGMENTATION = "segmentation_models"
_FIRST = "backbone_name input_shape classes activation weights encoder_weights encoder_freeze"
_ACTIVATIONS = {"mobilenet": ("relu6",), "mobilenetv2": ("relu6",)}


class SegmentationClass(ApplicationClass):
    """`sm.Unet("resnet34", classes=1, activation="sigmoid")`: as many values as classes for each position."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        bound = args.bind(*_FIRST.split())
        module: Module = instance.data
        module.op, module.name = Op.BACKBONE, self.name
        backbone = bound.get("backbone_name", Const("vgg16"))
        text = (
            backbone.value.lower() if isinstance(backbone, Const) and isinstance(backbone.value, str) else ""
        )
        module.options = {
            "num_classes": run.fact(bound.get("classes", Const(21 if self.row[4] == "softmax" else 1)))
        }
        if text.startswith("efficientnet"):
            module.options["activations"] = known(("silu", "sigmoid", "relu"))
        elif text:
            gates = ("sigmoid",) if text.startswith("se") else ()
            module.options["activations"] = known((*_ACTIVATIONS.get(text, ()), "relu", *gates))
        if text:
            module.options["norms"] = known(("batchnorm",))
        encoder = bound.get("encoder_weights", Const("imagenet"))
        run.write(module.state, "pretrained", encoder.truth(run))
        run.write(module.state, "head", bound.get("activation", Const(self.row[4])))
        add_weight(run, instance, "<body>", None, None, PRESENT)
        given = bound.get("input_shape")
        inner = shape_of(run, given) if given is not None else (None, None, 3)
        entry = planned_input(run, None if inner is None else (None, *inner))
        run.write(instance.data.state, "built", True)
        result = self.called(run, instance, Args([entry]))
        run.write(instance.data.state, "input", entry)
        run.write(instance.data.state, "output", result)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        module: Module = instance.data
        node = tensor_input(run, args.positional[0] if args.positional else None)
        declared = module.state.get("input")
        if isinstance(declared, Tensor):
            node = with_shape(run, node, declared.shape)
        classes = value(module.options, "num_classes")
        last = classes if isinstance(classes, int) else None
        shape: Shape | None = (
            (*node.shape[:3], last) if node.shape is not None and len(node.shape) == 4 else None
        )
        made = run.node(
            Op.BACKBONE,
            self.name,
            (node,),
            dict(module.options),
            shape,
            module=module,
            location=module.location,
        )
        return activate(run, module.state.get("head"), made, module)


for _name in ("Unet", "Linknet", "PSPNet", "FPN"):
    _head = "sigmoid" if _name in ("Unet", "Linknet") else "softmax"
    _made = SegmentationClass(_name, (SEGMENTATION, 0, 224, True, _head))
    _made.qualname, _made.bases = f"{SEGMENTATION}.{_name}", (MODEL_CLASS,)
    LIBRARY.add(_made)
    LIBRARY.entries[f"{SEGMENTATION}.models.{_name.lower()}.{_name}"] = _made
for _name, _task in (("DiceLoss", "binary"), ("JaccardLoss", "binary"), ("BinaryFocalLoss", "binary"), ("BinaryCELoss", "binary"),
                     ("CategoricalFocalLoss", "multiclass"), ("CategoricalCELoss", "multiclass")):  # fmt: skip
    _kind = LossKind(_name, PROBABILITIES, _task, (), "", f"{SEGMENTATION}.losses.")
    LIBRARY.add(LossClass(_kind.qualname, _kind))


@LIBRARY.function(f"{SEGMENTATION}.get_preprocessing")
def _preprocessing(run: Interpreter, args: Args) -> Value:
    """What a backbone's images are prepared with."""
    return PREPARE
