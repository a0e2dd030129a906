"""Which files and folders a script makes itself, by its text: what a first run does not find there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

WRITERS = frozenset({
    "makedirs", "mkdir", "save", "save_pretrained", "save_file", "savez", "dump", "write_text", "write_bytes", "to_csv",
    "to_json", "to_parquet", "to_pickle", "save_weights", "save_checkpoint", "symlink",
})  # fmt: skip
"""Last names of calls that write where one of their arguments says (or, of a path's methods, where the path itself)."""
_PATH_METHODS = frozenset({"mkdir", "write_text", "write_bytes"})
_DEEPEST = 4
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Bound = dict[str, list[ast.expr]]


def is_own_output(module: ast.Module, place: ast.expr) -> bool:
    """Whether a script writes to a place, or to a folder that the place is made of."""
    written, bound = _looked_at(module)
    return bool(written) and any(text in written for text in _parts(place, bound))


def _looked_at(module: ast.Module) -> tuple[frozenset[str], _Bound]:
    """Texts of the places that are written to, and what names are bound to."""
    found: tuple[frozenset[str], _Bound] | None = getattr(module, "_trainlint_outputs", None)
    if found is None:
        bound: _Bound = {}
        written: set[str] = set()
        for scope in (n for n in ast.walk(module) if isinstance(n, (ast.Module, *_FUNCTIONS))):
            own = _assigned(scope)
            for name, values in own.items():
                bound.setdefault(name, []).extend(values)
            for node in _within(scope):
                if isinstance(node, ast.Call):
                    for place in _written(node):
                        written.update(_parts(place, own if scope is not module else {}))
        found = frozenset(written), bound
        module._trainlint_outputs = found  # type: ignore[attr-defined]
    return found


def _assigned(scope: ast.AST) -> _Bound:
    bound: _Bound = {}
    for node in _within(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
    return bound


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, those of functions inside left out."""
    waiting = list(ast.iter_child_nodes(scope))
    for node in waiting:
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))


def _written(call: ast.Call) -> Iterator[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "open":
        modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
        if any(
            isinstance(m, ast.Constant) and isinstance(m.value, str) and m.value[:1] in "wax" for m in modes
        ):
            yield from call.args[:1]
    elif name in WRITERS:
        yield from call.args
        if name in _PATH_METHODS and isinstance(call.func, ast.Attribute):
            yield call.func.value


def _parts(place: ast.expr, bound: _Bound, depth: int = 0) -> Iterator[str]:
    """A place, and the folders above it as its expression names them: `d` of `os.path.join(d, "x.pt")`, `d / "x.pt"`."""
    if depth > _DEEPEST:
        return
    if not isinstance(place, ast.Constant) or depth == 0:
        yield ast.dump(place)
    first: list[ast.expr] = []
    if isinstance(place, ast.Call):
        first = place.args[:1]
        if isinstance(place.func, ast.Attribute) and not isinstance(place.func.value, ast.Name):
            first = [*first, place.func.value]
    elif isinstance(place, ast.BinOp):
        first = [place.right if isinstance(place.left, ast.Constant) else place.left]
    elif isinstance(place, ast.JoinedStr):
        first = [v.value for v in place.values if isinstance(v, ast.FormattedValue)][:1]
    elif isinstance(place, ast.Name):
        first = bound.get(place.id, [])
    for part in first:
        yield from _parts(part, bound, depth + 1)
