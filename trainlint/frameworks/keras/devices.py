"""The devices that TensorFlow finds on the machine. Facts speak of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.amounts import Counted
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_LISTS = ("list_physical_devices", "list_logical_devices", "get_visible_devices")


@LIBRARY.function(
    *(f"tensorflow.config.{name}" for name in _LISTS),
    *(f"tensorflow.config.experimental.{name}" for name in _LISTS),
)
def devices(run: Interpreter, args: Args) -> Value:
    """`tf.config.list_physical_devices(device_type=None)`"""
    kind = args.bind("device_type").get("device_type")
    if isinstance(kind, Const) and kind.value == "GPU":
        return Counted("the GPUs", 1)
    return Unknown("the devices")


@LIBRARY.function("keras.backend._get_available_gpus", "keras.backend.tensorflow_backend._get_available_gpus")
def available_gpus(run: Interpreter, args: Args) -> Value:
    """What old Keras asks itself, and programs with it: names of the GPUs."""
    return Counted("the GPUs", 1)
