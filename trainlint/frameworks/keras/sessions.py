"""Sessions of TensorFlow 1: running what minimize() returned is an update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.keras import gradients, optimizers
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class SessionClass(LibraryClass):
    """tf.Session: `run(fetches, feed_dict)`."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "run":
            return Native("tensorflow.Session.run", _run)
        if name in ("close", "as_default", "should_stop"):
            return Native(
                f"tensorflow.Session.{name}",
                lambda r, args: instance if name == "as_default" else Const(None),
            )
        return Unknown(f"{name} of a session")


def _run(run: Interpreter, args: Args) -> Value:
    fetches = args.bind("fetches", "feed_dict").get("fetches", Unknown("fetches"))
    for value in gradients.leaves(fetches):
        if isinstance(value, Instance) and value.cls is gradients.OPERATION:
            _update(run, value)
    if isinstance(fetches, ListValue | TupleValue):
        return ListValue([Unknown("a fetched value") for _ in fetches.elements], open=fetches.open)
    return Unknown("a fetched value")


def _update(run: Interpreter, operation: Instance) -> None:
    optimizer, loss, _ = operation.data
    gradients.backward(run, loss)
    optimizers.update(run, optimizer.data)
    run.event(EventKind.ZERO_GRAD, optimizer.data, by="apply")


@LIBRARY.function("keras.backend.function")
def function(run: Interpreter, args: Args) -> Value:
    """`K.function(inputs, outputs, updates)`: a call of it runs the updates."""
    updates = args.bind("inputs", "outputs", "updates").get("updates")

    def call(run: Interpreter, inner: Args) -> Value:
        for value in gradients.leaves(updates):
            if isinstance(value, Instance) and value.cls is gradients.OPERATION:
                _update(run, value)
        return ListValue([Unknown("an output")], open=True)

    return Native("keras.backend.function", call)


SESSION = SessionClass("tensorflow.Session")
LIBRARY.add(SESSION, "tensorflow.InteractiveSession", "tensorflow.train.MonitoredTrainingSession")
