"""Where the channels of images stand when a layer is not told: keras.backend.image_data_format()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.old_names import ORDERINGS
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DEFAULT = "channels_last"
"""What ~/.keras/keras.json says if nobody changed it."""
_OLD = {new: old for old, new in ORDERINGS.items()}


def _kept(run: Interpreter) -> dict[str, str | None]:
    kept: dict[str, str | None] = run.memo.setdefault("keras.data_format", {})
    return kept


def image_data_format(run: Interpreter) -> str | None:
    """The format that holds now; None where a value that is not known was set."""
    return _kept(run).get("format", DEFAULT)


@LIBRARY.function("keras.backend.image_data_format", "keras.config.image_data_format")
def _get(run: Interpreter, args: Args) -> Value:
    return Const(image_data_format(run))


@LIBRARY.function("keras.backend.image_dim_ordering")
def _get_old(run: Interpreter, args: Args) -> Value:
    return Const(_OLD.get(image_data_format(run) or "", "tf"))


@LIBRARY.function(
    "keras.backend.set_image_data_format",
    "keras.config.set_image_data_format",
    "keras.backend.set_image_dim_ordering",
)
def _set(run: Interpreter, args: Args) -> Value:
    value = args.values()[0] if args.values() else None
    text = value.value if isinstance(value, Const) and isinstance(value.value, str) else None
    run.write(_kept(run), "format", ORDERINGS.get(text, text) if text is not None else None)
    return Const(None)
