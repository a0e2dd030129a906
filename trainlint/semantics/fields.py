"""Fields of data classes: what the model of dataclasses makes of a class body, and libraries of their own classes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from trainlint.semantics.values import Value


@dataclass(frozen=True)
class Field:
    """A field of a data class. default, factory and maker: at most one is set.

    A class keeps its fields as the tuple `cls.state["fields"]`; a LibraryClass that local data classes inherit from
    gives its own there.
    """

    name: str
    default: Value | None = None
    factory: Value | None = None
    init: bool = True
    keyword_only: bool = False
    passed_on: bool = False  # InitVar: goes to __post_init__ and becomes no attribute
    annotation: ast.expr | None = None
    converter: Value | None = None  # called with what the field is given, or has by default
    maker: Value | None = None  # the method that makes the default, of the object so far
