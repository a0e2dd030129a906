"""Classes that Keras and torch have under one name, in code without imports: the arguments say whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Schedule
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.optimizers import CLASSES
from trainlint.frameworks.keras.usual_names import OPTIMIZERS
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _either(name: str) -> None:
    @LIBRARY.function(f"keras.fragments.{name}")
    def call(run: Interpreter, args: Args) -> Value:
        first = args.positional[0] if args.positional else None
        rate = first is None or isinstance(first, Const) or _is_schedule(first)
        keras = rate and "params" not in args.keywords
        return run.call(CLASSES[name] if keras else run.library_name(f"torch.optim.{name}"), args)


def _is_schedule(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.data, Schedule)


for _name in OPTIMIZERS:
    _either(_name)
