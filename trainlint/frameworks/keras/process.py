"""Names of TensorFlow that are about the process: number types, and the flags and main function of TensorFlow 1, which are
those of absl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.outside import Marker
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TYPES = """
float16 float32 float64 bfloat16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool string complex64 complex128
"""
_OTHERS = {"half": "float16", "double": "float64"}
_FLAGS = ("tensorflow.app.flags.", "tensorflow.flags.", "tensorflow.python.platform.flags.")

for _name in _TYPES.split():
    for _place in ("tensorflow", "tensorflow.dtypes"):
        LIBRARY.entries[f"{_place}.{_name}"] = Marker(f"tensorflow.{_name}")
for _name, _same in _OTHERS.items():
    LIBRARY.entries[f"tensorflow.{_name}"] = Marker(f"tensorflow.{_same}")


def _flags(run: Interpreter, name: str) -> Value | None:
    """`tf.app.flags.DEFINE_integer` is `absl.flags.DEFINE_integer`."""
    found = next((name.removeprefix(prefix) for prefix in _FLAGS if name.startswith(prefix)), None)
    return run.library_name(f"absl.flags.{found}") if found is not None else None


LIBRARY.fallbacks.append(_flags)


@LIBRARY.function("tensorflow.app.run", "tensorflow.python.platform.app.run")
def run_main(run: Interpreter, args: Args) -> Value:
    """`tf.app.run(main=None, argv=None)`: without a function, that of the script is called `main`."""
    given = args.bind("main", "argv").get("main")
    main = given if given is not None else run.frame.module.namespace.get("main")
    if main is None:
        return Unknown("tf.app.run()")
    return run.call(main, Args([Unknown("the command line")]))
