"""The one library object that every part of the Hugging Face model registers into.

The packages hold hundreds of classes of few kinds (`BertForTokenClassification`, `T5TokenizerFast`), named by a
scheme: `makers` are asked in turn what a name stands for that no table lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.observers import Observed
from trainlint.semantics.library import Symbol, TableLibrary
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Maker = Callable[[str], Value | None]
"""From the last part of a name (`BertModel`) to its class; None if the scheme does not cover it."""

PACKAGES = (
    "transformers", "accelerate", "peft", "trl", "datasets", "evaluate", "sentence_transformers", "setfit",
    "simpletransformers", "diffusers", "tokenizers", "huggingface_hub", "pytorch_transformers",
    "pytorch_pretrained_bert", "adapters",
)  # fmt: skip
FORMER = frozenset({"pytorch_transformers", "pytorch_pretrained_bert"})
"""What transformers was called before: what they do not say themselves is as it is there."""
_PLAIN = (
    "transformers.logging", "transformers.utils", "transformers.file_utils", "transformers.trainer_utils",
    "transformers.integrations", "transformers.is_", "transformers.pipeline", "transformers.pipelines",
    "accelerate.utils", "accelerate.logging", "accelerate.infer_auto_device_map", "accelerate.tracking", "accelerate.state",
    "datasets", "evaluate", "tokenizers", "huggingface_hub", "trl.commands", "trl.import_utils",
    "diffusers.utils", "diffusers.logging", "trl.is_", "trl.get_peft_config", "trl.get_quantization_config", "trl.get_kbit_device_map",
)  # fmt: skip
"""Prefixes of functions that change no network, optimizer or gradient that they are given."""

PARSERS = frozenset({"HfArgumentParser", "TrlParser", "H4ArgumentParser", "HfArg"})
"""Classes that read configurations: `configs` knows them."""
CLASSES = {"ALL_LAYERNORM_LAYERS": ("torch.nn.LayerNorm",)}
"""Lists of classes that the package keeps, to which programs add theirs."""


class HuggingFaceLibrary(TableLibrary):
    """The tables of this package, and the schemes by which its classes are named."""

    stands_for = ("accelerate",)

    def __init__(self) -> None:
        super().__init__(
            *PACKAGES,
            usual={"Trainer": "transformers.Trainer", "TrainingArguments": "transformers.TrainingArguments",
                   "AutoTokenizer": "transformers.AutoTokenizer", "load_dataset": "datasets.load_dataset",
                   "Accelerator": "accelerate.Accelerator",
                   **{name: name for name in ("transformers", "accelerate", "peft", "trl", "diffusers")}},
        )  # fmt: skip
        self.makers: list[tuple[str, Maker]] = []

    def maker(self, package: str) -> Callable[[Maker], Maker]:
        """Register a scheme for the classes of a package."""

        def register(maker: Maker) -> Maker:
            self.makers.append((package, maker))
            return maker

        return register

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        parser = qualname.rsplit(".", 1)[-1]
        if parser in PARSERS:
            return run.library_name(f"hf_argparser.{parser}")
        if parser in CLASSES:
            return ListValue([run.library_name(name) for name in CLASSES[parser]])
        return self.named(qualname)

    def usually(self, name: str) -> str | None:
        """The dotted name of a name in code without imports."""
        from trainlint.frameworks.huggingface.usual_names import qualified

        return qualified(name)

    def rehearsals(self, run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
        """Training that was set up, and that nothing started."""
        from trainlint.frameworks.huggingface.rehearsal import rehearsals

        return rehearsals(run)

    def named(self, qualname: str) -> Value | None:
        """What a dotted name stands for, wherever inside its package it is imported from."""
        found = self.entries.get(qualname)
        if found is not None:
            return found
        package, _, rest = qualname.partition(".")
        parts = rest.split(".")
        if not rest:
            return None
        shown = next((i for i, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
        if shown < len(parts) - 1:  # an attribute of a class (`SchedulerType.COSINE`)
            return self.entries.get(".".join((package, *parts[shown:])))
        short = f"{package}.{parts[shown]}"
        if short != qualname and short in self.entries:
            return self.entries[short]
        for owner, maker in self.makers:
            made = maker(parts[shown]) if owner == package else None
            if made is not None:
                self.entries[short] = made
                return made
        return self.named(f"transformers.{parts[shown]}") if package in FORMER else None

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        from trainlint.frameworks.huggingface import symbols

        return symbols.symbolic(run, symbol)

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        if any(qualname.startswith(prefix) for prefix in _PLAIN):
            return Observed(f"{qualname}()") if "log" in qualname else Unknown(f"{qualname}()")
        return None


LIBRARY = HuggingFaceLibrary()
