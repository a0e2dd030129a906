"""Methods that operators and loops call on objects of the program's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainlint.semantics.values import Items

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.objects import Instance

SPECIAL_METHODS: Mapping[str, str] = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    "@": "matmul", "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "in": "contains",
}  # fmt: skip


def iterator(run: Interpreter, instance: Instance) -> Items:
    """A loop over an object whose `__iter__` returns itself: its `__next__`, again and again. Where it keeps one generator,
    that is what it draws from."""
    from trainlint.semantics.sequences import ListValue

    kept = [v for v in instance.attrs.values() if isinstance(v, ListValue) and v.kind == "generator"]
    target = kept[0].cells.get("target") if len(kept) == 1 else None
    return Items(
        [], exact=False, over="unknown", target=target, fresh=lambda: run.call_method(instance, "__next__")
    )
