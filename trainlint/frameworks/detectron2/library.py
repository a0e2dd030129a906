"""The library of detectron2's names and fvcore's, by the last part of any place that they are imported from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.library import Handler, TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_LOOKS_ON = (
    "detectron2.utils", "detectron2.evaluation", "detectron2.data", "detectron2.structures", "detectron2.checkpoint",
    "detectron2.engine", "detectron2.config", "detectron2.model_zoo", "fvcore.common", "fvcore.nn.flop_count",
)  # fmt: skip
"""What else is in these looks at the run, describes data, or reads files: neither network nor optimizer changes."""


class DetectronLibrary(TableLibrary):
    """Entries are kept under `d2.NAME`; classes moved between modules of `engine` and `solver` more than once.

    registered: a registry by its name, which a run makes when it is first asked for.
    """

    registered: Callable[[Interpreter, str], Value | None]

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        *way, name = qualname.split(".")
        if not way or any(part != part.lower() for part in way):
            return None  # the package, or an attribute of a class
        return self.entries.get(f"d2.{name}") or self.registered(run, name)

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        return Unknown(f"{qualname}()") if qualname.startswith(_LOOKS_ON) else None


LIBRARY = DetectronLibrary("detectron2", "fvcore")


def function(*names: str) -> Callable[[Handler], Handler]:
    """Register a function by its own name."""
    return LIBRARY.function(*(f"d2.{name}" for name in names))


def add(cls: LibraryClass) -> LibraryClass:
    """Register a class by its own name."""
    return LIBRARY.add(cls, f"d2.{cls.qualname.rsplit('.', 1)[-1]}")
