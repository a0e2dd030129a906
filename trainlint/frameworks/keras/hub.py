"""Networks that come with their weights: tensorflow_hub, keras_hub and its predecessors. Their layers are not listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Module, Op
from trainlint.frameworks.keras.layers import add_weight
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.models import MODEL_CLASS, ModelClass
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.tree import nodes_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGES = frozenset({"keras_hub", "keras_nlp", "keras_cv"})


class HubNetwork(ModelClass):
    """A whole network whose weights are loaded: one node; what it returns is not known."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        module: Module = instance.data
        module.op, module.name = Op.BACKBONE, self.name
        run.write(module.state, "pretrained", True)
        add_weight(run, instance, "<body>", None, None, known(True))

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        nodes = tuple(nodes_of(args.values()))
        module: Module = instance.data
        return Tensor(
            run.node(Op.BACKBONE, module.name, nodes, module=module, location=module.location), KERAS
        )


class HubLayer(HubNetwork):
    """`hub.KerasLayer(url, trainable=False)`: frozen unless the code says otherwise."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        keywords = {"trainable": Const(False), **args.keywords}
        super().construct(run, instance, Args(args.positional, keywords, args.open))


NETWORK = HubNetwork("keras_hub.models.Backbone", (MODEL_CLASS,), Op.BACKBONE, "from_preset")
LIBRARY.add(HubLayer("tensorflow_hub.KerasLayer", (MODEL_CLASS,), Op.BACKBONE, "KerasLayer"))


def _from_preset(run: Interpreter, name: str) -> Value | None:
    """`keras_hub.models.BertBackbone.from_preset("bert_base_en")`"""
    parts = name.split(".")
    if parts[0] not in PACKAGES or parts[-1] != "from_preset" or len(parts) < 3:
        return None
    if parts[-2].endswith(("Tokenizer", "Preprocessor", "Converter")):
        return None

    def load(run: Interpreter, args: Args) -> Value:
        weights = args.keywords.get("load_weights")
        made = run.call(NETWORK, Args())
        if isinstance(made, Instance):
            made.data.name = parts[-2]
            if weights is not None:
                run.write(made.data.state, "pretrained", weights.truth(run))
        return made

    return Native(name, load)


LIBRARY.fallbacks.append(_from_preset)
