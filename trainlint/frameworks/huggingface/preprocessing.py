"""Tokenizers, processors and collators: what they make of data is a batch whose contents are encoded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.torch.batches import Batch, collate, unknown_batch
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_ENCODES = frozenset({
    "encode_plus", "batch_encode_plus", "pad", "prepare_for_model", "prepare_seq2seq_batch", "preprocess", "apply_chat_template",
})  # fmt: skip
_NOTHING = frozenset(
    {"save_pretrained", "push_to_hub", "add_special_tokens", "add_tokens", "as_target_tokenizer"}
)


class PreprocessorClass(LibraryClass):
    """A tokenizer, image processor or processor."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.class_attribute(run, self, name)
        return found if found is not None else super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in ("from_pretrained", "from_file"):
            return Native(f"{self.qualname}.{name}", lambda r, args: r.call(cls, Args()))
        return None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return encoded(run)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _ENCODES:
            return Native(f"tokenizer.{name}", lambda r, args: encoded(r))
        if name in _NOTHING:
            return Native(f"tokenizer.{name}", lambda r, args: Unknown(f"tokenizer.{name}()"))
        if name in ("tokenizer", "image_processor", "feature_extractor"):
            return instance
        return Plain(f"tokenizer.{name}")

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        return None


class Plain(Unknown):
    """A value of an object that holds no network: calling its methods changes nothing that is trained."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Plain(f"{self.why[:60]}.{name}")

    def call(self, run: Interpreter, args: Args) -> Value:
        return Plain(f"{self.why[:60]}()")

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return Plain(self.why)


def encoded(run: Interpreter) -> Batch:
    """What a tokenizer or processor returns: tensors (or lists) by name."""
    return Batch(run.node(Op.ENCODE, "tokenizer", attached=False), TORCH)


PREPROCESSOR = PreprocessorClass("transformers.PreTrainedTokenizerBase")
LIBRARY.add(PREPROCESSOR)
_PREPROCESSOR = re.compile(r"^[A-Z]\w*(Tokenizer(Fast|Base)?|Processor(Fast)?|FeatureExtractor)$")


@LIBRARY.maker("transformers")
def preprocessor_class(name: str) -> Value | None:
    """`AutoTokenizer`, `ViTImageProcessor`, `CLIPProcessor`."""
    if not _PREPROCESSOR.match(name) or name.endswith("LogitsProcessor"):
        return None
    return PreprocessorClass(f"transformers.{name}", (PREPROCESSOR,))


# -- collators


def collated(run: Interpreter, args: Args) -> Value:
    """A batch of the samples that a collator is called with."""
    samples = args.positional[0] if args.positional else None
    first = samples.elements[0] if isinstance(samples, ListValue) and samples.elements else None
    if isinstance(first, DictValue):
        return collate(run, first, None)
    return unknown_batch(run, "collated batch")


class CollatorClass(LibraryClass):
    """A data collator of the library."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)
        if args.positional:
            run.write(instance.attrs, "tokenizer", args.positional[0])

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return collated(run, args)

    def invoke_base(self, run: Interpreter, instance: Instance, args: Args, name: str) -> Value | None:
        return collated(run, args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("torch_call", "torch_mask_tokens", "__call__", "tf_call", "numpy_call"):
            return Native(f"{self.qualname}.{name}", collated)
        return Const(None) if name == "__post_init__" else None


COLLATOR = CollatorClass("transformers.DataCollator")
LIBRARY.function("transformers.default_data_collator", "transformers.torch_default_data_collator")(collated)


@LIBRARY.maker("transformers")
@LIBRARY.maker("trl")
def collator_class(name: str) -> Value | None:
    """`DataCollatorWithPadding`, `DataCollatorForLanguageModeling`, `DefaultDataCollator`."""
    if "DataCollator" not in name:
        return None
    return CollatorClass(f"transformers.{name}", (COLLATOR,))
