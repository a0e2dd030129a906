"""What a text from a config picked: `ACTIVATIONS[cfg.act]`, `getattr(nn, cfg.act)`, `if cfg.act == "relu": ...`.

The class, function or layer that was picked carries the text's chain of origins, so that a finding about it can
point at the config.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_ARM = 3
"""Statements of an `if` that picks one thing; a longer body does more than that."""


def chosen(value: Value, key: Value) -> Value:
    """The value that a key picked."""
    picked = isinstance(value, (LibraryClass, Native, Instance)) and not value.origin
    return value.with_origin(key.origin) if picked and isinstance(key, Const) and key.origin else value


@contextmanager
def in_arm(run: Interpreter, test: Value, body: Sequence[ast.AST]) -> Iterator[None]:
    """Run an arm that a comparison of texts picked: what it makes itself carries the origin of the text."""
    if not isinstance(test, Const) or not test.origin or len(body) > LONGEST_ARM:
        yield
        return
    before = run.arm
    run.arm = (run.frame, test.origin)
    try:
        yield
    finally:
        run.arm = before
