"""Files of gin-config: what a run has read of them.

Source: https://github.com/google/gin-config/blob/master/docs/index.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainlint.configs.gin_files import parse_gin
from trainlint.configs.paths import path_text
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DEEPEST = 16
STATE = "gin"
"""Key of `run.memo`: bindings by name and parameter, macros, search paths, and packages that files import."""


def state_of(run: Interpreter) -> dict[str, Any]:
    """What the run has read so far."""
    fresh: dict[str, Any] = {
        "bindings": {},
        "macros": {},
        "paths": (),
        "imports": (),
        "read": False,
        "unread": False,
    }
    found: dict[str, Any] = run.memo.setdefault(STATE, fresh)
    return found


def texts(value: Value) -> list[str | None]:
    """The texts that are given, one or several; None for what is not known."""
    if isinstance(value, ListValue | TupleValue):
        return [t for element in value.elements for t in texts(element)] + ([None] if value.open else [])
    if isinstance(value, Const) and value.value is None:
        return []
    return [path_text(value)]


def read(run: Interpreter, text: str, depth: int) -> bool:
    """Read one file and those that it includes; False where it is not found."""
    places = [text, *(str(Path(folder) / text) for folder in state_of(run)["paths"])]
    path = next((p for place in places if (p := run.find_file(place)) is not None), None)
    if path is None or depth > DEEPEST:
        run.gap(f"config {text}", "the file was not found, or there are several")
        return False
    try:
        content = run.reader.text(path)
    except (OSError, ValueError):
        return False
    display = run.reader.display(path)
    run.program.files.add(display)
    run.write(state_of(run), "read", True)
    take(run, content, display, depth)
    return True


def take(run: Interpreter, text: str, display: str, depth: int) -> None:
    """Take what a text binds, and read the files that it includes."""
    state, file = state_of(run), parse_gin(text, display)
    run.write(state, "imports", (*state["imports"], *file.imports))
    for statement in file.statements:
        if isinstance(statement, str):
            if not read(run, statement, depth + 1):
                run.write(state, "unread", True)
        elif statement.parameter is None:
            run.write(state["macros"], statement.name, statement)
        elif statement.name in ("macro", "gin.macro"):
            run.write(state["macros"], statement.parameter, statement)
        else:
            run.write(state["bindings"], (statement.name, statement.parameter), statement)
