"""Frames: the functions that are running, for code that looks at its caller's names (`inspect.currentframe().f_back.f_locals`)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.configs.command_line import SYS
from trainlint.configs.inspection import LIBRARY as INSPECT
from trainlint.semantics.live_dicts import GlobalsDict
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[object] = []  # the functions below belong to those of `inspect` and `sys`


class FrameValue(Value):
    """One running body. callers: those that led to it, the nearest last."""

    __slots__ = ("callers", "frame")

    def __init__(self, frame: Frame, callers: tuple[Frame, ...]) -> None:
        super().__init__()
        self.frame, self.callers = frame, callers

    def describe(self) -> str:
        return "frame"

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "f_back":
            return _of(self.callers) if self.callers else Const(None)
        if name == "f_locals":
            return _names(self.frame)
        if name == "f_globals":
            return GlobalsDict(self.frame.module)
        if name == "f_code":
            return NamedValues.of({"co_name": Const(_title(self.frame))})
        return Unknown(f"{name} of a frame")


def _of(stack: tuple[Frame, ...]) -> Value:
    return FrameValue(stack[-1], stack[:-1])


def _stack(run: Interpreter) -> tuple[Frame, ...]:
    """The bodies that are running, the innermost last."""
    return (*(frame for frame, _ in run.frames if frame is not None), run.frame)


def _names(frame: Frame) -> Value:
    scope = frame.scope
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return GlobalsDict(frame.module) if scope.kind == "module" else DictValue.of(dict(scope.vars))


def _title(frame: Frame) -> str:
    node = frame.function.node if frame.function is not None else None
    if isinstance(node, ast.Lambda):
        return "<lambda>"
    return node.name if node is not None else "<module>"


@INSPECT.function("inspect.currentframe")
def _current(run: Interpreter, args: Args) -> Value:
    return _of(_stack(run))


@SYS.function("sys._getframe")
def _get_frame(run: Interpreter, args: Args) -> Value:
    """`sys._getframe(1)`: the caller's."""
    depth = args.bind("depth").get("depth", Const(0))
    stack = _stack(run)
    if not isinstance(depth, Const) or type(depth.value) is not int or not 0 <= depth.value < len(stack):
        return Unknown("a frame")
    return _of(stack[: len(stack) - depth.value])


@INSPECT.function("inspect.stack")
def _all(run: Interpreter, args: Args) -> Value:
    """`inspect.stack()[1].function`"""
    stack, found = _stack(run), list[Value]()
    for depth in range(len(stack)):
        frame = stack[-1 - depth]
        parts: dict[str, Value] = {
            "frame": _of(stack[: len(stack) - depth]),
            "filename": Unknown("the file of a frame"),
            "lineno": Unknown("the line of a frame"),
            "function": Const(_title(frame)),
            "code_context": Unknown("the text of a frame"),
            "index": Unknown("the line of a frame"),
        }
        found.append(NamedValues.of(parts))
    return ListValue(found)


@INSPECT.function("inspect.getargvalues")
def _arguments(run: Interpreter, args: Args) -> Value:
    """`_, _, _, values = inspect.getargvalues(frame)`"""
    value = args.positional[0] if args.positional else None
    function = value.frame.function if isinstance(value, FrameValue) else None
    if not isinstance(value, FrameValue) or function is None:
        return Unknown("inspect.getargvalues()")
    spec = function.node.args
    more, keywords = spec.vararg, spec.kwarg
    return NamedValues.of(
        {
            "args": ListValue([Const(a.arg) for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]),
            "varargs": Const(more.arg if more is not None else None),
            "keywords": Const(keywords.arg if keywords is not None else None),
            "locals": _names(value.frame),
        }
    )
