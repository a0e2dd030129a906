"""Names that the code does not define: an accelerator or a model of transformers among a function's parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.frameworks.huggingface.accelerator import ACCELERATOR_CLASS, PREPARED
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.models import PretrainedBase
from trainlint.frameworks.torch.symbols import symbolic_module
from trainlint.semantics.library import Symbol
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NAME = re.compile(r"^_?accelerator$")
_USES = frozenset({
    "backward", "prepare", "accumulate", "unwrap_model", "clip_grad_norm_", "clip_grad_value_", "gather",
    "gather_for_metrics", "sync_gradients",
})  # fmt: skip


def symbolic(run: Interpreter, symbol: Symbol) -> Value | None:
    """By annotation, or by name and use."""
    last = re.split(r"[\[ |]", symbol.annotation)[0].rsplit(".", 1)[-1] if symbol.annotation else ""
    named = symbol.annotation is None and _NAME.match(symbol.name) and symbol.attributes & _USES
    if last == "Accelerator" or named:
        steps = Unknown(f"{symbol.name} is not shown")
        made = run.call(ACCELERATOR_CLASS, Args([], {"gradient_accumulation_steps": steps}))
        if isinstance(made, Instance):
            run.write(made.attrs, PREPARED, TupleValue((), open=True))
        return made
    if last and symbol.annotation is not None and symbol.annotation.startswith("transformers."):
        cls = LIBRARY.named(symbol.annotation)
        if isinstance(cls, PretrainedBase):
            return symbolic_module(run, symbol)
    return None
