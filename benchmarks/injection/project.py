"""A corpus program in memory: its files, their syntax trees, and edits to them by position."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_CELL = "#<cell>\n"
_MAGIC = "#<magic>"
_CONFIGS = {".yaml", ".yml", ".json", ".toml"}

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Edit:
    """Replace the bytes from start to end of one file."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Span:
    """Lines of a file, one-based and inclusive; both zero for anywhere in it."""

    path: str
    first: int = 0
    last: int = 0


@dataclass
class PyFile:
    """A Python file, or the code cells of a notebook joined to one."""

    path: str
    text: str

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.data.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def range(self, node: ast.AST) -> tuple[int, int]:
        """The bytes of an expression or statement."""
        start = self._line_starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self._line_starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return start, end

    def source(self, node: ast.AST) -> str:
        start, end = self.range(node)
        return self.data[start:end].decode()

    def replace(self, node: ast.AST, text: str) -> Edit:
        return Edit(self.path, *self.range(node), text)

    def line_start(self, line: int) -> int:
        return self._line_starts[line - 1]

    def indent(self, node: ast.AST) -> str:
        return " " * node.col_offset  # type: ignore[attr-defined]

    def lines_of(self, stmt: ast.stmt) -> str:
        """The statement's whole lines, line end included."""
        start, end = self.line_start(stmt.lineno), self._line_starts[stmt.end_lineno or stmt.lineno]
        return self.data[start:end].decode()

    def delete(self, stmt: ast.stmt) -> Edit:
        """Remove a statement and its lines; `pass` where nothing else would be left."""
        for name in ("body", "orelse", "finalbody"):
            if getattr(self.parents[stmt], name, None) == [stmt]:
                return self.replace(stmt, "pass")
        return Edit(
            self.path, self.line_start(stmt.lineno), self._line_starts[stmt.end_lineno or stmt.lineno], ""
        )

    def insert_before(self, stmt: ast.stmt, text: str) -> Edit:
        at = self.line_start(stmt.lineno)
        return Edit(self.path, at, at, _indented(text, self.indent(stmt)))

    def insert_after(self, stmt: ast.stmt, text: str) -> Edit:
        at = self._line_starts[stmt.end_lineno or stmt.lineno]
        return Edit(self.path, at, at, _indented(text, self.indent(stmt)))

    def up(self, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
        """The innermost enclosing node of one of these kinds."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, kinds):
                return node
        return None

    def statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def scope(self, node: ast.AST) -> ast.AST:
        return self.up(node, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda) or self.tree

    def span(self, node: ast.AST) -> Span:
        if isinstance(node, ast.Module) or self.path.endswith(".ipynb"):
            return Span(self.path)
        return Span(self.path, node.lineno, node.end_lineno or node.lineno)  # type: ignore[attr-defined]

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls whose function's last name is one of these (all calls if none is given)."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and (not names or last_name(node.func) in names):
                yield node

    def classes(self) -> list[ast.ClassDef]:
        return [n for n in self.nodes if isinstance(n, ast.ClassDef)]


def _indented(text: str, indent: str) -> str:
    return "".join(indent + line + "\n" for line in text.splitlines())


def last_name(node: ast.AST) -> str:
    """`relu` of `torch.nn.functional.relu`, `bn1` of `self.bn1`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> set[str]:
    return {last_name(n) for n in ast.walk(node)} - {""}


@dataclass
class Project:
    """All files of one corpus program; keys are paths relative to its folder."""

    name: str
    texts: dict[str, str] = field(default_factory=dict)
    notebooks: dict[str, dict[str, object]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Project:
        project = cls(folder.name)
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            key, text = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
            if path.suffix == ".ipynb":
                project.notebooks[key] = json.loads(text)
                text = _join_cells(project.notebooks[key])
            project.texts[key] = text
        return project

    @cached_property
    def python(self) -> list[PyFile]:
        return [PyFile(k, v) for k, v in self.texts.items() if Path(k).suffix in {".py", ".ipynb"}]

    @property
    def configs(self) -> dict[str, str]:
        return {k: v for k, v in self.texts.items() if Path(k).suffix in _CONFIGS}

    @cached_property
    def entries(self) -> set[str]:
        """The files that are run: with a main guard, `__main__.py`, a notebook, or else not imported."""
        found = {
            f.path for f in self.python if "__main__" in f.text or f.path.endswith(("__main__.py", ".ipynb"))
        }
        return found or {f.path for f in self.python if not self._imported(Path(f.path).stem)}

    def _imported(self, stem: str) -> bool:
        return stem == "__init__" or any(
            stem
            in (getattr(node, "module", None) or "").split(".") + [a.name.split(".")[-1] for a in node.names]
            for f in self.python
            for node in f.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
        )

    def file(self, path: str) -> PyFile:
        return next(f for f in self.python if f.path == path)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name that the program's code uses or imports."""
        return frozenset(w for f in self.python for w in names_in(f.tree) | imported_names(f))

    def mentions(self, *names: str) -> bool:
        return not self.words.isdisjoint(names)

    def apply(self, edits: tuple[Edit, ...]) -> dict[str, str]:
        """The files after the edits; they must not overlap."""
        texts = dict(self.texts)
        for path in {e.path for e in edits}:
            data = texts[path].encode()
            for edit in sorted(
                (e for e in edits if e.path == path), key=lambda e: (e.start, e.end), reverse=True
            ):
                data = data[: edit.start] + edit.text.encode() + data[edit.end :]
            texts[path] = data.decode()
        return texts

    def write(self, texts: dict[str, str], folder: Path) -> None:
        for key, text in texts.items():
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            if key in self.notebooks:
                text = json.dumps(_split_cells(self.notebooks[key], text), indent=1) + "\n"
            target.write_text(text, encoding="utf-8")


def imported_names(file: PyFile) -> set[str]:
    found = set()
    for node in file.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def _join_cells(notebook: dict[str, object]) -> str:
    """Code cells one after another, magics turned into comments."""
    sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]  # type: ignore[attr-defined]
    cells = []
    for source in sources:
        lines = [
            _MAGIC + line if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()
        ]
        cells.append("\n".join(lines) + "\n")
    return _CELL.join(cells)


def _split_cells(notebook: dict[str, object], text: str) -> dict[str, object]:
    copy = json.loads(json.dumps(notebook))
    sources = iter(text.split(_CELL))
    for cell in copy["cells"]:
        if cell["cell_type"] == "code":
            source = next(sources).rstrip("\n").replace(_MAGIC, "")
            cell["source"] = source.splitlines(keepends=True)
    return dict(copy)
