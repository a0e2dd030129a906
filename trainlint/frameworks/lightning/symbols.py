"""Parameters that the code does not show and that are annotated as objects of Lightning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.frameworks.lightning.fabric import FABRIC_CLASS
from trainlint.frameworks.lightning.module import LIGHTNING_MODULE
from trainlint.frameworks.lightning.trainer import TRAINER_CLASS
from trainlint.semantics.library import Symbol
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def symbolic(run: Interpreter, symbol: Symbol) -> Value | None:
    """A module or trainer of which nothing is known; None for any other name."""
    last = re.split(r"[\[ |]", symbol.annotation or "")[0].rsplit(".", 1)[-1]
    if last == "LightningModule":
        made = run.call(LIGHTNING_MODULE, Args())
        if isinstance(made, Instance):
            made.data.symbolic, made.data.complete = True, False
            made.data.name = symbol.name
            made.data.state.update(training=None, pretrained=None)
        return made
    if last in ("Fabric", "LightningLite"):
        handle = run.call(FABRIC_CLASS, Args())
        if isinstance(handle, Instance):
            handle.attrs["<precision>"] = Unknown(f"{symbol.name} is not shown")
        return handle
    if last == "Trainer" and "lightning" in (symbol.annotation or "") + "pl.":
        made = Instance(TRAINER_CLASS, run.here)
        made.data = "unseen"
        return made
    return None
