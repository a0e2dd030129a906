"""Models of transformers: `AutoModelFor....from_pretrained(...)`, concrete classes, and the project's own subclasses
of PreTrainedModel, whose weights start as `_init_weights` says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Op
from trainlint.frameworks.huggingface import model_methods
from trainlint.frameworks.huggingface.configuration import CONFIG, labels_of
from trainlint.frameworks.huggingface.heads import BODY, HEAD_NAMES, LABELS, PARTS, Head, head_of
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.outputs import ModelOutputValue
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.losses import apply
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.module_parts import Parts
from trainlint.frameworks.torch.pretrained import BODY as BODY_WEIGHTS
from trainlint.frameworks.torch.pretrained import UNLISTED
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module
from trainlint.frameworks.torch.unseen_values import hidden_layer
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PRETRAINED = "transformers.PreTrainedModel"
_INHERITED = "<inherited>"
"""What a local class takes over whose `forward` calls its base's: the library's network, a part of it in the facts."""


class PretrainedBase(ModuleClass):
    """PreTrainedModel: what every model of transformers and every local subclass has."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.class_attribute(run, self, name)
        return found if found is not None else super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in ("from_pretrained", "from_config", "_from_config"):
            pretrained = name == "from_pretrained"
            return Native(
                f"{self.qualname}.{name}", lambda r, args: model_methods.load(r, cls, args, pretrained)
            )
        return None

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "config", args.bind("config").get("config", Unknown("a config")))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = model_methods.METHODS.get(name)
        if method is not None:
            return Native(f"{PRETRAINED}.{name}", lambda r, args: method(r, instance, args))
        if name in model_methods.UNKNOWN:
            return Unknown(f"{name} of a model")
        return super().attribute(run, instance, name)


class PretrainedClass(PretrainedBase):
    """A model class of the library: its layers are not listed; its head says what it returns and its loss."""

    __slots__ = ("head",)

    def __init__(self, name: str, head: Head) -> None:
        super().__init__(f"transformers.{name}", (BASE,), Op.BACKBONE, name)
        self.head = head

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        super().allocate(run, instance)
        if run.class_attribute(instance.cls, "forward") is not None and isinstance(instance.data, Module):
            instance.data.op = None  # a subclass that works on the parts itself

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        module: Module = instance.data
        config = _config(run, args)
        run.write(instance.attrs, "config", config)
        if isinstance(config, Instance) and config.is_a(CONFIG.qualname):
            module.options = {"num_labels": run.fact(labels_of(run, config))}
        own = run.class_attribute(instance.cls, "forward")
        if own is None:
            add_parameter(run, instance, BODY_WEIGHTS, None)
            run.write(module.state, UNLISTED, "torch.nn.Linear")
        elif isinstance(own, FunctionValue) and _asks_its_base(own):
            part = PartClass(self.qualname, (NN_MODULE,), Op.BACKBONE, self.name)
            body = Instance(part, run.here)
            part.allocate(run, body)
            add_parameter(run, body, BODY_WEIGHTS, None)
            body.data.complete = False
            model_methods.note_norms(body, self.name)
            run.set_instance_attribute(instance, _INHERITED, body)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        """The outputs by name; a loss, where the call gives labels."""
        module: Module = instance.data
        if module.op is None:  # super().forward() of a subclass that goes on from there
            body = instance.attrs.get(_INHERITED)
            body = body if isinstance(body, Instance) else self._part(run, instance, _INHERITED)
            module = body.data
        given = {k: v for k, v in args.keywords.items() if k not in LABELS}
        inputs = [node for value in (*args.positional, *given.values()) for node in leaves(value)]
        node = run.node(Op.BACKBONE, self.name, tuple(inputs), module=module, location=module.location)
        head = next((p for n in HEAD_NAMES if is_module(p := instance.attrs.get(n))), None)
        features: Value = Tensor(node, TORCH)
        first = run.call(head, Args([features])) if head is not None and self.head is not BODY else features
        outputs = ModelOutputValue(node, {self.head.first: first})
        labels = next((args.keywords[n] for n in LABELS if n in args.keywords), None)
        none = isinstance(labels, Const) and labels.value is None
        if self.head.loss is not None and labels is not None and not none:
            loss = self._loss(run, instance, first, labels)
            run.write(outputs.cells, "loss", (Const("loss"), loss))
        elif self.head.loss is not None and args.open and labels is None:
            outputs.make_loss = lambda r: self._loss(r, instance, first, Unknown("labels of a batch"))
        plain = args.keywords.get("return_dict")
        return outputs.sequence(run) if plain is not None and plain.truth(run) is False else outputs

    def _loss(self, run: Interpreter, instance: Instance, prediction: Value, labels: Value) -> Value:
        name, takes, task = self._decide(run, instance)
        data = {"input": prediction, "target": labels}
        before = len(run.program.losses)
        made = apply(run, name, takes, task, data, {"reduction": known("mean")})
        for loss in run.program.losses[before:]:
            loss.inner = True
        return made

    def _decide(self, run: Interpreter, instance: Instance) -> tuple[str, str | None, str]:
        """Name, takes and task of the loss; for classifiers by problem_type and the number of labels."""
        assert self.head.loss is not None
        if self.head.loss != "labels":
            return self.head.loss, self.head.takes, self.head.task
        config = instance.attrs.get("config")
        kind: Fact[str] = known("")
        if isinstance(config, Instance) and "problem_type" in config.attrs:
            kind = run.fact(config.attrs["problem_type"])
        labels: Fact[int] = instance.data.options.get("num_labels") or known(None)
        if kind.value in _PROBLEMS:
            return _PROBLEMS[kind.value]
        told = "num_labels" in getattr(config, "attrs", {})
        named = "id2label" in getattr(config, "attrs", {}) or "label2id" in getattr(config, "attrs", {})
        if not kind.known or (told and not labels.known and not named):
            return "transformers.ForSequenceClassificationLoss", None, "other"
        return _PROBLEMS["regression" if labels.value == 1 else "single_label_classification"]

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "named_parameters" and "<body>" in instance.attrs:
            return Native(name, lambda r, args: _unnamed(r, super_named(r, instance, args)))
        found = super().attribute(run, instance, name)
        if found is not None:
            return found
        if name in PARTS or self.name.lower().startswith(name):
            return self._part(run, instance, name)
        listed = isinstance(instance.cls, ClassValue) or name in model_methods.UNKNOWN
        return None if listed else hidden_layer(f"transformers.{self.name}", name)

    def _part(self, run: Interpreter, instance: Instance, name: str) -> Instance:
        """A part whose layers are not listed, as an attribute of the model."""
        part = Instance(PART, run.here)
        PART.allocate(run, part)
        part.data.state["pretrained"] = instance.data.state.get("pretrained", False)
        part.data.state["published"] = instance.data.published and name not in HEAD_NAMES
        add_parameter(run, part, "<part>", None)
        part.data.complete = False
        run.set_instance_attribute(instance, name, part)
        return part


def super_named(run: Interpreter, instance: Instance, args: Args) -> Value:
    """torch.nn.Module.named_parameters."""
    found = NN_MODULE.attribute(run, instance, "named_parameters")
    return run.call(found, args) if found is not None else Unknown("named_parameters()")


def _unnamed(run: Interpreter, pairs: Value) -> Value:
    """Parameters of layers that are not listed: what they are called is not known."""
    listed: list[Value] = []
    for pair in pairs.elements if isinstance(pairs, ListValue) else ():
        name, tensor = getattr(pair, "elements", (pair, pair))
        hidden = isinstance(name, Const) and str(name.value).endswith(("<body>", "<part>", "*"))
        listed.append(TupleValue([Unknown("a parameter's name"), tensor]) if hidden else pair)
    return Parts(listed, kind="generator") if listed else pairs


_PROBLEMS: dict[str | None, tuple[str, str | None, str]] = {
    "regression": ("torch.nn.MSELoss", "values", "regression"),
    "single_label_classification": ("torch.nn.CrossEntropyLoss", "logits", "multiclass"),
    "multi_label_classification": ("torch.nn.BCEWithLogitsLoss", "logits", "binary"),
}


class PartClass(ModuleClass):
    """A part of a model whose layers are not listed (`model.bert`, `model.encoder`)."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = super().attribute(run, instance, name)
        return found if found is not None else hidden_layer("transformers.part", name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        inputs = tuple(node for value in args.values() for node in leaves(value))
        node = run.node(Op.BACKBONE, "part", inputs, module=instance.data, location=instance.location)
        return ModelOutputValue(node, {BODY.first: Tensor(node, TORCH)})


BASE = PretrainedBase(PRETRAINED, (NN_MODULE,))
PART = PartClass("transformers.part", (NN_MODULE,), Op.BACKBONE, "part")
LIBRARY.add(BASE)


def _asks_its_base(method: FunctionValue) -> bool:
    """Whether a method calls the one that it overrides: `super().forward(...)`, `BertModel.forward(self, ...)`."""
    names = (
        part for part in ast.walk(method.node) if isinstance(part, ast.Attribute) and part.attr == "forward"
    )
    return any(
        (isinstance(part.value, ast.Call) and getattr(part.value.func, "id", "") == "super")
        or (isinstance(part.value, ast.Name) and part.value.id != "self")
        for part in names
    )


def _config(run: Interpreter, args: Args) -> Value:
    found = args.bind("config").get("config")
    return found if found is not None else Unknown("a config")


@LIBRARY.maker("trl")
def with_value_head(name: str) -> Value | None:
    """`AutoModelForCausalLMWithValueHead`."""
    return PretrainedClass(name, BODY) if name.endswith("WithValueHead") else None


@LIBRARY.maker("transformers")
def model_class(name: str) -> Value | None:
    """`BertForSequenceClassification`, `AutoModel`, `GPT2PreTrainedModel`, `PreTrainedModel`."""
    if name.endswith("PreTrainedModel") and not name.startswith(("TF", "Flax")):
        return PretrainedBase(f"transformers.{name}", (BASE,))
    head = head_of(name)
    return PretrainedClass(name, head) if head is not None else None
