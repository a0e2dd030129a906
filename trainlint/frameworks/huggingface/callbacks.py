"""Callbacks of trainers: those of the libraries log, save or stop; they train nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class CallbackClass(LibraryClass):
    """TrainerCallback: every hook does nothing unless a local class says otherwise."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name.startswith("on_"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))
        return None


BASE = LIBRARY.add(CallbackClass("transformers.TrainerCallback"))


@LIBRARY.maker("transformers")
@LIBRARY.maker("trl")
def callback_class(name: str) -> Value | None:
    """`EarlyStoppingCallback`, `PrinterCallback`, `RichProgressCallback`."""
    return CallbackClass(f"transformers.{name}", (BASE,)) if name.endswith("Callback") else None
