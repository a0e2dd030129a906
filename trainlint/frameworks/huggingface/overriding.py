"""What a project asks of a Trainer that it overrides: the optimizer that its arguments name, and which parameters decay.

Source: transformers 5.23.0, trainer.py and trainer_pt_utils.py; transformers 4.29 and older for what v5 lacks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimizing import chosen_by
from trainlint.frameworks.torch.tree import is_module, named_parameters, walk
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PATTERNS = (r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)")
_NORMS = ("torch.nn.LayerNorm",)


def class_attribute(name: str) -> Value | None:
    """What `Trainer.NAME` is, for the static methods that are modelled."""
    if name != "get_optimizer_cls_and_kwargs":
        return None
    return Native(f"transformers.Trainer.{name}", _class_and_options)


def _class_and_options(run: Interpreter, args: Args) -> Value:
    """`Trainer.get_optimizer_cls_and_kwargs(args, model=None)`"""
    given = args.bind("args", "model").get("args")
    if given is None:
        return Unknown("get_optimizer_cls_and_kwargs()")
    cls, options = chosen_by(run, run.get_attr(given, "optim"), lambda name: run.get_attr(given, name))
    if cls is None:
        return TupleValue([Unknown("optim is not known", method="optimizer"), DictValue(open=True)])
    return TupleValue([cls, DictValue.of(options)])


def decay_names(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`Trainer.get_decay_parameter_names(model)`: neither biases nor what belongs to a norm."""
    model = args.bind("model").get("model", Unknown("the model"))
    return _names(run, model, _NORMS, _PATTERNS)


@LIBRARY.function("transformers.trainer_pt_utils.get_parameter_names", "transformers.get_parameter_names")
def _parameter_names(run: Interpreter, args: Args) -> Value:
    """`get_parameter_names(model, forbidden_layer_types, forbidden_layer_names=None)`"""
    given = args.bind("model", "forbidden_layer_types", "forbidden_layer_names")
    types = _texts(given.get("forbidden_layer_types"))
    patterns = _texts(given.get("forbidden_layer_names", ListValue()))
    if types is None or patterns is None:
        return ListValue((), open=True)
    return _names(run, given.get("model", Unknown("the model")), types, patterns)


def _texts(listed: Value | None) -> tuple[str, ...] | None:
    """Texts of a list, and names of its library classes; None where something else is in it."""
    if isinstance(listed, Const) and listed.value is None:
        return ()
    if not isinstance(listed, ListValue | TupleValue) or listed.open:
        return None
    texts = [
        e.qualname if isinstance(e, LibraryClass) else e.value if isinstance(e, Const) else None
        for e in listed.elements
    ]
    return tuple(map(str, texts)) if all(isinstance(t, str) for t in texts) else None


def _names(run: Interpreter, model: Value, types: tuple[str, ...], patterns: tuple[str, ...]) -> Value:
    """Dotted names of the parameters outside of layers of these types that none of the patterns fits."""
    if not is_module(model):
        return ListValue((), open=True)
    barred = [name for name, part in walk(model) if name and any(map(part.is_a, types))]
    found, open_ = named_parameters(run, model)
    kept = [
        name
        for name in found
        if not any(name.startswith(f"{layer}.") for layer in barred)
        and not any(re.search(pattern, name.lower()) for pattern in patterns)
    ]
    return ListValue([Const(name) for name in kept if not name.endswith("*")], open=open_)


def _never(run: Interpreter, args: Args) -> Value:
    return Const(False)


for _name in ("sagemaker_mp_enabled", "sagemaker_dp_enabled", "torch_tpu_available", "torch_xla_available"):
    # Machines of their own kinds: nothing that a run sets up by default.
    LIBRARY.function(f"transformers.is_{_name}")(_never)
