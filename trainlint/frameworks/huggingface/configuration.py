"""Configurations of models: an object with the attributes that code gives it; what a checkpoint says is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.semantics.live_dicts import InstanceDict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DEFAULTS = {
    "return_dict": True,
    "use_return_dict": True,
    "output_attentions": False,
    "output_hidden_states": False,
}
"""PreTrainedConfig's own attributes, for which checkpoints have no other values."""
_UNSET = {
    "problem_type": None,
    "is_decoder": False,
    "is_encoder_decoder": False,
    "add_cross_attention": False,
}
"""What a configuration made in code says of these unless it is told."""
LABELS = 2
"""`num_labels` of a configuration that is not told otherwise."""


class ConfigClass(LibraryClass):
    """PreTrainedConfig and what inherits from it: keyword arguments become attributes."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.class_attribute(run, self, name)
        return found if found is not None else super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in ("from_pretrained", "from_dict", "from_json_file", "for_model"):
            return Native(f"{self.qualname}.{name}", lambda r, args: loaded(r, cls, args))
        return None

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)
        if args.open:
            run.write(instance.attrs, "<open>", Const(True))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in DEFAULTS:
            return Const(DEFAULTS[name])
        if name in _UNSET and "<file>" not in instance.attrs:
            return Const(_UNSET[name])
        if name == "num_labels":
            return labels_of(run, instance)
        if name in ("to_dict", "to_diff_dict"):
            return Native(name, lambda r, args: InstanceDict(instance))
        if name == "update":
            return Native(name, lambda r, args: _update(r, instance, args))
        if name in ("save_pretrained", "push_to_hub", "to_json_file"):
            return Native(name, lambda r, args: Const(None))
        return None


def loaded(run: Interpreter, cls: Value, args: Args) -> Value:
    """`Config.from_pretrained(name, **kwargs)`: the rest is in a file that is not here."""
    keywords = {k: v for k, v in args.keywords.items() if k not in ("config_dict", "json_file")}
    made = run.call(cls, Args([], keywords, open=True))
    if isinstance(made, Instance):
        run.write(made.attrs, "<file>", Const(True))
    return made


def labels_of(run: Interpreter, config: Instance) -> Value:
    """The number of labels: as set, as many as are named, or the default (also of the usual checkpoint)."""
    for name in ("num_labels", "id2label", "label2id"):
        given = config.attrs.get(name)
        if given is None or (isinstance(given, Const) and given.value is None):
            continue
        size = given.length(run) if name != "num_labels" else None
        return given if name == "num_labels" else Unknown("num_labels") if size is None else Const(size)
    return Unknown("num_labels of a checkpoint") if "<file>" in config.attrs else Const(LABELS)


def _update(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.positional[0] if args.positional else None
    for name, value in getattr(given, "strings", dict)().items():
        run.write(instance.attrs, name, value)
    return Const(None)


CONFIG = ConfigClass("transformers.PretrainedConfig")
LIBRARY.add(CONFIG, "transformers.PreTrainedConfig")
_NAME = re.compile(r"^[A-Z]\w*Config$")


@LIBRARY.maker("transformers")
def config_class(name: str) -> Value | None:
    """`BertConfig`, `AutoConfig`, `GenerationConfig`, `BitsAndBytesConfig`."""
    return ConfigClass(f"transformers.{name}", (CONFIG,)) if _NAME.match(name) else None
