"""Which loss: `losses.py:FocalLoss`, `losses.py:FocalLoss(gamma=2)`, `package.losses:focal_loss`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_NAME = re.compile(r"^[A-Za-z_][\w.]*$")


class BadTarget(Exception):  # noqa: N818 - a matter of usage
    """No loss is named by this text; it says why."""


@dataclass(frozen=True)
class LossTarget:
    """A function or class, and what it is called with first. file: its path, or "" where `module` is imported.

    called: whether parentheses were written: then the result of the call is the loss.
    """

    file: str
    module: str
    name: str
    called: bool = False
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)


def parse_target(text: str, cwd: Path) -> LossTarget:
    """Take a target apart.

    Raises:
        BadTarget: it names nothing.
    """
    place, colon, rest = text.partition(":")
    if not colon or not rest:
        raise BadTarget(f"{text!r}: write it as FILE.py:NAME, for example --loss losses.py:FocalLoss")
    name, arguments, keywords, called = _call(rest)
    if place.endswith(".py"):
        if not (cwd / place).is_file():
            raise BadTarget(f"{place}: no such file")
        return LossTarget(str((cwd / place).resolve()), "", name, called, arguments, keywords)
    if not _NAME.match(place):
        raise BadTarget(f"{place!r} is neither a Python file nor a module")
    return LossTarget("", place, name, called, arguments, keywords)


def _call(text: str) -> tuple[str, tuple[Any, ...], dict[str, Any], bool]:
    """`Focal(2, gamma=1.0)` as name, arguments and keywords: literals only, nothing is evaluated."""
    if _NAME.match(text):
        return text, (), {}, False
    try:
        tree = ast.parse(text, mode="eval").body
        if not isinstance(tree, ast.Call):
            raise ValueError("neither a name nor a call")
        name = ast.unparse(tree.func)
        if not _NAME.match(name):
            raise ValueError("no name before the parentheses")
        arguments = tuple(ast.literal_eval(argument) for argument in tree.args)
        keywords = {k.arg: ast.literal_eval(k.value) for k in tree.keywords if k.arg is not None}
    except (ValueError, SyntaxError, TypeError) as error:
        raise BadTarget(f"{text!r}: {error}; arguments are plain values, as in FocalLoss(gamma=2)") from None
    return name, arguments, keywords, True
