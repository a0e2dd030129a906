"""What becomes a module: a file, or what stands for one that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ModuleValue
from trainlint.source.problem import Unreadable
from trainlint.source.python import parse_python

if TYPE_CHECKING:
    from trainlint.semantics.sources import Sources


def module_of_file(sources: Sources, path: Path, dotted: str) -> ModuleValue:
    """A module that is not evaluated yet. One that cannot be read (its encoding is known to a plugin only) is as one
    from outside: any name may be in it."""
    try:
        return ModuleValue(dotted, sources.get(path))
    except Unreadable:
        module = ModuleValue(dotted, parse_python(path, sources.reader.display(path), ""))
        module.state["stars"] = (dotted,)
        return module
