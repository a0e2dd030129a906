"""The one library object that every part of the DeepSpeed model registers into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class DeepSpeedLibrary(TableLibrary):
    """The tables below; most other functions of the package set up processes."""

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        quiet = ("deepspeed.comm", "deepspeed.init_distributed", "deepspeed.utils", "deepspeed.runtime.utils")
        return Unknown(f"{qualname}()") if qualname.startswith(quiet) else None


LIBRARY = DeepSpeedLibrary("deepspeed", usual={"deepspeed": "deepspeed"})
