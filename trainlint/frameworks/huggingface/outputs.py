"""What a model of transformers returns: a mapping, object and tuple at once; it has a loss where labels are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Node, Op
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MakeLoss = Callable[["Interpreter"], Value]

_SEVERAL = frozenset(
    {"hidden_states", "attentions", "past_key_values", "cross_attentions", "encoder_hidden_states"}
)
_MAPPING = frozenset({"keys", "values", "items", "get", "pop", "update", "setdefault"})


class ModelOutputValue(DictValue):
    """`outputs.logits`, `outputs["loss"]`, `outputs[0]`.

    make_loss: for a call that does not show whether labels were given; what reads the loss knows that they were.
    """

    __slots__ = ("body", "make_loss")

    def __init__(self, body: Node, entries: dict[str, Value], make_loss: MakeLoss | None = None) -> None:
        super().__init__({k: (Const(k), v) for k, v in entries.items()})
        self.body = body
        self.make_loss = make_loss

    def part(self, run: Interpreter, name: str) -> Value:
        """One output by its name."""
        found = self.cells.get(name)
        if found is not None:
            return found[1]
        if name == "loss":
            return self._loss(run)
        node = run.node(Op.INDEX, name, (self.body,))
        made: Value = Tensor(node, TORCH)
        if name in _SEVERAL:
            made = TupleValue([made], open=True)
        return made

    def _loss(self, run: Interpreter) -> Value:
        if self.make_loss is None:
            return Const(None)
        made = self.make_loss(run)
        run.write(self.cells, "loss", (Const("loss"), made))
        return made

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "to_tuple":
            return Native("ModelOutput.to_tuple", lambda r, args: self.sequence(r))
        if name in ("get", "pop"):
            return Native(f"ModelOutput.{name}", lambda r, args: self._get(r, args))
        if name in _MAPPING or name.startswith("__"):
            return super().get_attr(run, name)
        return self.part(run, name)

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        run.write(self.cells, name, (Const(name), value))

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if isinstance(key, Const) and isinstance(key.value, str):
            return self.part(run, key.value)
        return self.sequence(run).get_item(run, key)

    def _get(self, run: Interpreter, args: Args) -> Value:
        key = args.positional[0] if args.positional else None
        if isinstance(key, Const) and isinstance(key.value, str):
            return self.part(run, key.value)
        return Unknown("an output of a model")

    def sequence(self, run: Interpreter) -> TupleValue:
        """The outputs in order, the loss first where there is one."""
        if self.make_loss is not None and "loss" not in self.cells:
            self._loss(run)
        names = sorted(self.cells, key=lambda name: name != "loss")
        return TupleValue([self.cells[name][1] for name in names], open=True)

    def iterate(self, run: Interpreter) -> Items:
        """Its keys."""
        return Items([Const(k) for k in self.cells if isinstance(k, str)], exact=False)

    def unpacked(self, run: Interpreter) -> Items:
        """Its values: `loss, logits = model(...)` is written for tuples, which models return with return_dict=False, and
        did by default until transformers 4."""
        return self.sequence(run).iterate(run)

    def length(self, run: Interpreter) -> int | None:
        return None

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def types(self) -> tuple[str, ...] | None:
        return ("transformers.utils.ModelOutput", "collections.OrderedDict", "dict", "object")


# -- outputs that code makes itself


class OutputClass(LibraryClass):
    """`SequenceClassifierOutput(loss=..., logits=...)`, and ModelOutput for local data classes that inherit from it."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        tensors = [v for v in args.values() if isinstance(v, Tensor)]
        body = tensors[-1].node if tensors else run.node(Op.UNKNOWN, "outputs", attached=False)
        made = ModelOutputValue(body, {k: v for k, v in args.keywords.items() if not _is_none(v)})
        made.make_loss = (lambda r: Unknown("a loss")) if args.open else None
        return made

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        if isinstance(key, Const) and isinstance(key.value, str):
            return instance.attrs.get(key.value)
        given = [v for v in instance.attrs.values() if not _is_none(v)]
        return TupleValue(given).get_item(run, key)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "to_tuple":
            given = [v for v in instance.attrs.values() if not _is_none(v)]
            return Native("ModelOutput.to_tuple", lambda r, args: TupleValue(given))
        return Const(None) if name == "__post_init__" else None


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


OUTPUT = LIBRARY.add(OutputClass("transformers.ModelOutput"))


@LIBRARY.maker("transformers")
def output_class(name: str) -> Value | None:
    """`SequenceClassifierOutput`, `BaseModelOutputWithPooling`."""
    return OutputClass(f"transformers.{name}", (OUTPUT,)) if _OUTPUT.search(name) else None


_OUTPUT = re.compile(r"^[A-Z]\w*Output(With\w+)?$")
