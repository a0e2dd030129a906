"""How configs of yacs and fvcore are merged with files, lists of overrides and one another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import deep_merge
from trainlint.configs.documents import Reading
from trainlint.configs.files import load_from
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.scalars import read_literal
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_BASE = "_BASE_"
_DEEPEST = 8


def merge_yacs(run: Interpreter, self: DictValue, name: str, args: Args) -> Value:
    """`merge_from_file`, `merge_from_list` and their like: what is given, merged in section by section."""
    source = args.positional[0] if args.positional else Unknown("a config")
    if name == "merge_from_file":
        source = _with_base(run, source, load_from(run, source, "yaml", Reading("pyyaml"), paths=True), 0)
        source = _decoded(source)
    if name == "merge_from_list":
        source = _from_list(source)
    if name in ("merge_from_dict", "update_from_flattened_dict"):
        source = _from_dotted(run, source)
    deep_merge(run, self, source)
    for more in args.positional[1:] if name == "merge_with" else ():
        deep_merge(run, self, more)
    return _NONE


def _decoded(value: Value) -> Value:
    """What yacs makes of a file's entries: texts that are literals are read (`weight_decay: 1e-4`, which YAML 1.1 has as text)."""
    if isinstance(value, Const):
        found = read_literal(value)
        return found if found is not None else value
    if isinstance(value, DictValue):
        for name, (key, inner) in list(value.cells.items()):
            value.cells[name] = (key, _decoded(inner))
    return value


def _with_base(run: Interpreter, path: Value, document: Value, depth: int) -> Value:
    """fvcore: a file's `_BASE_` names one to start from, beside it."""
    entries = as_dict(document)
    named = entries.strings().get(_BASE) if entries is not None else None
    if entries is None or not isinstance(named, Const) or not isinstance(path, Const) or depth > _DEEPEST:
        return document
    place = (Path(str(path.value)).parent / str(named.value)).as_posix()
    below = load_from(run, Const(place), "yaml", Reading("pyyaml"), paths=True)
    made = as_dict(_with_base(run, Const(place), below, depth + 1))
    if made is None:
        return Unknown("a config whose base is not known")
    deep_merge(run, made, entries)
    made.cells.pop(_BASE, None)
    return made


def _from_list(value: Value) -> Value:
    """yacs: names and values by turns; text is read as a literal. What the command line gives is nothing."""
    if isinstance(value, Const) and not value.value:
        return DictValue()
    elements = value.elements if isinstance(value, ListValue | TupleValue) and not value.open else None
    if elements is None or len(elements) % 2:
        return Unknown("a list of overrides")
    made = DictValue()
    for key, given in zip(elements[::2], elements[1::2], strict=True):
        if not isinstance(key, Const):
            return Unknown("a list of overrides")
        read = read_literal(given) if isinstance(given, Const) and isinstance(given.value, str) else None
        _place(made, str(key.value).split("."), read if read is not None else given)
    return made


def _from_dotted(run: Interpreter, value: Value) -> Value:
    """A mapping whose keys are dotted paths."""
    flat = as_dict(value)
    if flat is None:
        empty = isinstance(value, Const) and value.value is None
        return DictValue() if empty else Unknown("overrides")
    made = DictValue(open=flat.open)
    for name, inner in flat.strings().items():
        _place(made, name.split("."), inner)
    return made


def _place(target: DictValue, path: list[str], value: Value) -> None:
    for name in path[:-1]:
        inner = target.cells.setdefault(name, (Const(name), DictValue()))[1]
        target = inner if isinstance(inner, DictValue) else target
    target.cells[path[-1]] = (Const(path[-1]), value)
