"""What calls of the training loop are called on."""

from __future__ import annotations

import libcst as cst

from trainlint.fixes.statements import Statement, Statements
from trainlint.model import Location


def subject_of_step(tree: Statements, statement: Statement, place: Location) -> tuple[str, str | None]:
    """The optimizer of a step, and the scaler that makes the step, as written: `scaler.step(self.optimizer)`.

    Raises:
        LookupError: the place holds no such call, or the optimizer is no plain name.
    """
    call = tree.expressions(statement, place)
    function = call.func if call is not None else None
    if call is None or not isinstance(function, cst.Attribute) or function.attr.value != "step":
        raise LookupError("the step is no call of `step`")
    if not call.args:
        return _plain(tree, function.value), None
    if len(call.args) > 1 or call.args[0].star:
        raise LookupError("the step takes arguments that are not known")
    return _plain(tree, call.args[0].value), _plain(tree, function.value)


def scaler_of_backward(tree: Statements, statement: Statement, place: Location) -> str | None:
    """The gradient scaler of `scaler.scale(loss).backward()`, as written."""
    call = tree.expressions(statement, place)
    function = call.func if call is not None else None
    inner = function.value if isinstance(function, cst.Attribute) else None
    if (
        isinstance(inner, cst.Call)
        and isinstance(inner.func, cst.Attribute)
        and inner.func.attr.value == "scale"
    ):
        return _plain(tree, inner.func.value)
    return None


def _plain(tree: Statements, node: cst.BaseExpression) -> str:
    """An expression that means the same wherever it is written again: a name with attributes and constant keys."""
    current: cst.CSTNode = node
    while isinstance(current, cst.Attribute | cst.Subscript):
        if isinstance(current, cst.Subscript):
            keys = [part.slice for part in current.slice]
            simple = (cst.Integer, cst.SimpleString, cst.Name)
            if not all(isinstance(key, cst.Index) and isinstance(key.value, simple) for key in keys):
                raise LookupError("the object is no plain name")
        current = current.value
    if not isinstance(current, cst.Name):
        raise LookupError("the object is no plain name")
    return tree.code(node)
