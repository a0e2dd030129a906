"""The architecture: which package may import which, read from the syntax trees of all modules.

`docs/architecture.md` gives the reasons.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "trainlint"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

LAYERS = {
    "model": set(),
    "facts": {"model"},
    "source": {"model"},
    "semantics": {"model", "facts", "source"},
    "frameworks": {"model", "facts", "source", "semantics"},
    "configs": {"model", "facts", "source", "semantics"},
    "libraries": {"semantics", "frameworks", "configs"},
    "dispatch": {"model", "facts", "source", "checks"},
    "excerpts": {"model", "source", "semantics"},
    "memory": {"model", "facts", "source", "semantics"},
    "result": {"model", "facts", "source", "semantics", "excerpts"},
    "shifting": {"model", "source", "memory"},
    "silence": {"model", "facts", "dispatch", "checks"},
    "sifting": {"model", "source", "checks", "settings"},
    "checks": {"model", "facts"},
    "checking": {"model", "facts", "checks", "dispatch", "settings", "silence"},
    "settings": {"model", "source", "settings_reader"},
    "settings_reader": {"model"},
    "pages": {"model"},
    "fingerprint": {"model"},
    "scope": set(),
    "change": {"model", "settings", "source"},
    "baseline": {"model", "fingerprint", "scope"},
    "history": {"model", "fingerprint", "scope"},
    "report": {"model", "facts", "fingerprint"},
    "fixes": {"model", "source"},
    "probe": {"model", "facts"},
}
"""Package or module -> what else of ours it may import. Not listed: engine, fixing, cli, server (on top of all)."""

ON_TOP = {"engine", "run", "fixing", "workspace", "cli", "server", "__main__", "__init__"}

OUTSIDE = {
    "click": {"cli"},
    "rich": {"cli", "report"},
    "libcst": {"fixes"},
    "yaml": {"source"},
    "pathspec": {"settings", "source"},
    "torch": {"probe"},
    "pygls": {"server"},
    "lsprotocol": {"server"},
}
"""Distribution -> the packages of ours that may import it; no other distribution may be imported at all."""


def room(path: Path) -> str:
    """The package, or module beside the packages, that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(tree: ast.AST, *, typing: bool) -> Iterator[tuple[str, int]]:
    """Every module that a tree imports, with the line; typing: those under `if TYPE_CHECKING` as well."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            module = node.module or ""
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
        else:
            yield from imported(node, typing=typing)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def ours(path: Path, *, typing: bool = True) -> Iterator[tuple[str, int]]:
    """The rooms of ours that a file imports from."""
    for name, line in imported(parsed(path), typing=typing):
        parts = name.split(".")
        if parts[0] == "trainlint" and len(parts) > 1:
            yield parts[1], line


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
class TestModule:
    def test_imports_only_what_its_room_may(self, path: Path) -> None:
        here = room(path)
        if here in ON_TOP:
            return
        assert here in LAYERS, (
            f"{here} has no place in the architecture: add it to LAYERS and docs/architecture.md"
        )
        wrong = [f"line {line}: {name}" for name, line in ours(path) if name not in LAYERS[here] | {here}]
        assert not wrong

    def test_imports_only_distributions_that_its_room_may(self, path: Path) -> None:
        wrong = []
        for name, line in imported(parsed(path), typing=True):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top == "trainlint":
                continue
            if room(path) not in OUTSIDE.get(top, set()):
                wrong.append(f"line {line}: {top}")
        assert not wrong

    def test_says_what_it_is_for(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module docstring"


CHECKS = [path for path in FILES if room(path) == "checks"]


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
class TestCheck:
    def test_sees_no_syntax_tree_and_does_no_io(self, path: Path) -> None:
        tree = parsed(path)
        names = {name.split(".")[0] for name, _ in imported(tree, typing=True)}
        assert not names & {
            "ast",
            "tokenize",
            "io",
            "os",
            "pathlib",
            "subprocess",
            "socket",
            "urllib",
            "libcst",
        }
        calls = [
            n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        assert not {"open", "eval", "exec", "compile", "__import__", "print", "input"} & set(calls)

    def test_imports_no_other_check(self, path: Path) -> None:
        if path.name == "__init__.py":
            return
        others = {
            name
            for name, _ in imported(parsed(path), typing=True)
            if name.startswith("trainlint.checks.") and not name.startswith("trainlint.checks.api.")
        }
        assert not others


LINTING = [path for path in FILES if room(path) not in {"probe", "cli", "checks"}]


@pytest.mark.parametrize("path", LINTING, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_that_lints_can_run_what_it_lints_or_reach_the_network(path: Path) -> None:
    tree = parsed(path)
    names = {name.split(".")[0] for name, _ in imported(tree, typing=True)}
    allowed = {"importlib"} if path.name == "__init__.py" else set()
    assert not names & (
        {"subprocess", "socket", "urllib", "http", "runpy", "importlib", "ctypes", "pickle"} - allowed
    )
    calls = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    assert not {"eval", "exec", "__import__", "compile"} & set(calls)


def test_the_interpreter_names_no_library_s_module() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in FILES
        if room(path) == "semantics"
        for name, line in ours(path)
        if name in ("frameworks", "configs", "libraries")
    ]
    assert not wrong
