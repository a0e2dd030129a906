"""Which files and folders are there, and the folder that a program works in."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.outputs import is_own_output
from trainlint.configs.paths import full, path_text
from trainlint.configs.written import kept
from trainlint.semantics.truths import LeftFiles, Leftover
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MADE = "folders that the program makes"
_OF_PATHS = frozenset({"rglob", "iterdir"})
"""Methods of a path that list what lies below it (glob is a function too, and asks for its pattern)."""


def there(run: Interpreter, value: Value, folder: bool = False) -> Value:
    """Whether a file (or folder) exists: a file that the project holds does, others depend on the machine.

    What the script itself writes, and a file of a known name that the project lacks, no first run finds.
    """
    text = path_text(value)
    if text == "" and isinstance(value, Const):
        return Const(False)  # an option that names no checkpoint; `Path("")` is the folder that one works in
    if text is not None and (_is_folder(run, text) if folder else run.find_file(text) is not None):
        return Const(True)
    if text is not None and not folder and kept(run, text) is not None:
        return Leftover(first=True, own=True)
    own = _asks_for_own(run) or (text is not None and not folder and _is_below(text, run.memo.get(_MADE, ())))
    if own or (text is not None and not folder):
        return Leftover(first=False, own=own)
    return Unknown("whether a file exists")


def make_folder(run: Interpreter, value: Value) -> None:
    """Note that the program makes a folder: what lies in it, and not in the project, earlier runs have put there."""
    text = path_text(value)
    if text is not None and run.find_file(text) is None:
        run.memo.setdefault(_MADE, set()).add(posixpath.normpath(text))


def nothing_yet(run: Interpreter, folder: str | None) -> LeftFiles | None:
    """What a listing of a folder says where the program makes the folder, or its module writes there: a first run finds
    nothing in it. None elsewhere."""
    if folder is not None and _is_folder(run, folder):
        return None
    made = folder is not None and _is_below(posixpath.join(folder, "any"), run.memo.get(_MADE, ()))
    return LeftFiles() if made or _asks_for_own(run) else None


def _asks_for_own(run: Interpreter) -> bool:
    """Whether the call that is made asks for a place where its module writes, by its text."""
    node, tree = run.frame.at, run.frame.module.source.tree
    asked: ast.expr | None = None
    if isinstance(node, ast.Call):
        method = isinstance(node.func, ast.Attribute) and node.func.attr in _OF_PATHS
        places = [*node.args, *(keyword.value for keyword in node.keywords)]  # `load_model(filepath=name)`
        asked = places[0] if places and not method else getattr(node.func, "value", None)
    return asked is not None and tree is not None and is_own_output(tree, asked)


def _is_below(text: str, folders: Iterable[str]) -> bool:
    """Whether a file lies in one of the folders, or below one; not the folder in which the program is started."""
    place = posixpath.normpath(text)
    return any(each != "." and place.startswith(f"{each}/") for each in folders)


def _is_folder(run: Interpreter, text: str) -> bool:
    """Whether a folder of this name lies beside the script or its modules (an absolute path begins at `__file__`)."""
    path = Path(full(run, text))
    return path.is_absolute() and run.project.reader.is_dir(path)


def change_to(run: Interpreter, place: Value) -> None:
    """`os.chdir(place)`: where relative paths begin from now on; "." is the folder in which the program was started."""
    text = path_text(place)
    if text is not None and text != ".":
        text = posixpath.normpath(full(run, text))
    run.set_working_folder(None if text == "." else text)
