"""The models of outside libraries that the interpreter is given, in the order in which they are asked."""

from __future__ import annotations

from functools import cache

from trainlint import configs, frameworks
from trainlint.semantics.library import Library


@cache
def all_libraries() -> tuple[Library, ...]:
    """Frameworks first: where two libraries have an idea of a name, theirs counts."""
    return (*frameworks.libraries(), *configs.libraries())
