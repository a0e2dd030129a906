"""The library of OpenMMLab's foundations, mmengine and mmcv: names by their last part.

Both moved names between `mmcv.utils`, `mmcv.runner`, `mmcv.cnn`, `mmengine.model` and their modules more than once, and
a class is the same wherever it is taken from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import Handler, TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainlint.semantics.interpreter import Interpreter


class OpenMMLabLibrary(TableLibrary):
    """Entries are kept under `mm.NAME`."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        *way, name = qualname.split(".")
        if not way or any(part != part.lower() for part in way):
            return None  # the package, or an attribute of a class
        from trainlint.frameworks.openmmlab.registry import ROOTS, root

        if name in ROOTS:
            return root(run, name)
        return self.entries.get(f"mm.{name}")


LIBRARY = OpenMMLabLibrary("mmengine", "mmcv", "mmdet")


def function(*names: str) -> Callable[[Handler], Handler]:
    """Register a function by its own name."""
    return LIBRARY.function(*(f"mm.{name}" for name in names))


def add(cls: LibraryClass, *names: str) -> LibraryClass:
    """Register a class by its own name and others."""
    return LIBRARY.add(cls, *(f"mm.{name}" for name in (cls.qualname.rsplit(".", 1)[-1], *names)))
