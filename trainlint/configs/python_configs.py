"""Configs that are Python files: mmengine and mmcv (`_base_`).

Source: mmengine's documentation ("Config").
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dict_kinds import ConfigNode
from trainlint.configs.attribute_dicts import AttributeDict, AttributeDictClass, nested, plain
from trainlint.configs.documents import Reading
from trainlint.configs.executed import execute, source_at
from trainlint.configs.files import load_from
from trainlint.configs.paths import path_text
from trainlint.configs.schemas import openmmlab
from trainlint.configs.schemas.schema import Reader
from trainlint.model import Location
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.outside import External, Native
from trainlint.semantics.scope import Lazy
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.semantics.watching import together
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class MMLibrary(TableLibrary):
    """A file that holds nothing but settings of a runner says what it trains with, though no code runs it."""

    def finish(self, run: Interpreter) -> None:
        """Read the entry as a config, if it is one."""
        source = run.frame.module.source
        program = run.program
        if source.tree is None or program.optimizers or program.modules or program.loaders:
            return
        if not source.tree.body or not all(isinstance(node, _SETTINGS) for node in source.tree.body):
            return
        namespace = run.frame.module.namespace
        if "_base_" not in namespace and not openmmlab.fits_values(settings_of(run, namespace)):
            return
        merged = as_dict(_file(run, source.path, 0))
        if merged is not None and openmmlab.fits_values(merged):
            location = Location(source.display, 1)
            schema = openmmlab.SCHEMA
            schema.read(Reader(run, schema, location, source.original), merged)


_SETTINGS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.Expr, ast.With)
MM = MMLibrary("mmengine", "mmcv")
LIBRARIES = [MM]
DEEPEST = 8
_NONE = Const(None)
_DELETE = "_delete_"


def settings_of(run: Interpreter, names: dict[str, Value]) -> DictValue:
    """The names of a module that hold settings: no imports, functions and special names."""
    kept = {
        name: value
        for name, value in names.items()
        if not name.startswith("_")
        and not isinstance(value, ModuleValue | External | FunctionValue | ClassValue | Lazy | Native)
    }
    return DictValue.of(kept)


# -- mmengine


class MMConfig(AttributeDict):
    """A whole config, which is no dict as its sections are."""

    __slots__ = ()

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        self.set_item(run, Const(name), nested(value, ConfigNode))


def _config(value: Value) -> Value:
    made = nested(value, ConfigNode)
    if not isinstance(made, DictValue):
        return made
    whole = MMConfig(made.cells, made.origin, made.open)
    whole.watcher = made.watcher
    return whole


class MMConfigClass(AttributeDictClass):
    """mmengine.Config: a mapping with attributes, read from a file with `_base_`s."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "fromfile":
            return Native("Config.fromfile", _from_file)
        if name == "fromstring":
            return Native(name, lambda r, args: Unknown("a config from text"))
        return super().get_attr(run, name)

    def call(self, run: Interpreter, args: Args) -> Value:
        given = args.bind("cfg_dict", "cfg_text=", "filename=").get("cfg_dict", DictValue())
        return _config(plain(given))


for _name in ("mmengine.Config", "mmengine.config.Config", "mmcv.Config", "mmcv.utils.Config"):
    MM.add(MMConfigClass(_name))
for _name in ("mmengine.ConfigDict", "mmengine.config.ConfigDict", "mmcv.ConfigDict"):
    MM.add(AttributeDictClass(_name, ConfigNode))


def _from_file(run: Interpreter, args: Args) -> Value:
    path = args.bind("filename").get("filename", _NONE)
    text = path_text(path)
    given = [c for c in run.project.configs if c.suffix in (".py", ".yaml", ".yml", ".json")]
    chosen = text is None or any(place.label.startswith("-") for place in path.origin)
    if given and chosen:
        text = str(given[0])
    found = run.find_file(text) if text is not None else None
    if found is None:
        return Unknown(f"the config {path.describe()}")
    return _config(_file(run, found, 0))


def _file(run: Interpreter, path: Path, depth: int) -> Value:
    """A config file with the files that its `_base_` names merged below it."""
    format = config_format(path)
    if format is not None:
        return _based(run, _document(run, path, format), path, depth)
    source = source_at(run, Const(str(path)))
    if source is None or source.tree is None or depth > DEEPEST:
        return Unknown(f"the config {path.name}")
    names: dict[str, Value] = {"__file__": Const(str(path)), "__name__": Const(path.stem)}
    bases = next((_literal(node) for node in source.tree.body if _assigns_base(node)), [])
    base = _bases(run, bases, path, depth)
    if base is not None:
        names["_base_"] = nested(base, ConfigNode)
    body = [node for node in source.tree.body if not _assigns_base(node)]
    kept, source.tree.body = source.tree.body, body
    try:
        done = execute(run, source, names)
    finally:
        source.tree.body = kept
    if not done:
        return Unknown(f"the config {path.name}")
    own = settings_of(run, {k: v for k, v in names.items() if k != "_base_"})
    return _merged(run, base, own) if base is not None else own


def _document(run: Interpreter, path: Path, format: Format) -> Value:
    return load_from(
        run, Const(str(path)), format, Reading("pyyaml" if format == "yaml" else format), paths=True
    )


def _based(run: Interpreter, value: Value, path: Path, depth: int) -> Value:
    own = as_dict(value)
    if own is None or "_base_" not in own.cells or depth > DEEPEST:
        return value
    named = own.cells["_base_"][1]
    listed = named.elements if isinstance(named, ListValue) else [named]
    texts = [e.value for e in listed if isinstance(e, Const) and isinstance(e.value, str)]
    base = _bases(run, texts, path, depth)
    rest = DictValue({k: v for k, v in own.cells.items() if k != "_base_"}, own.origin, own.open)
    rest.watcher = own.watcher
    return _merged(run, base, rest) if base is not None else rest


def _assigns_base(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id == "_base_" for t in targets)


def _literal(node: ast.stmt) -> list[str]:
    try:
        value = ast.literal_eval(node.value) if isinstance(node, ast.Assign) else []
    except ValueError:
        return []
    return [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]


def _bases(run: Interpreter, texts: list[str], path: Path, depth: int) -> DictValue | None:
    """The base configs, one over the other; open where one of them is not known."""
    if not texts:
        return None
    made = DictValue()
    for text in texts:
        found = (
            _file(run, path.parent / text, depth + 1) if "::" not in text else Unknown("a package's config")
        )
        part = as_dict(found)
        if part is None:
            made.state["open"] = True
        else:
            _merge(run, made, part)
    return made


def _merged(run: Interpreter, base: DictValue, own: DictValue) -> DictValue:
    made = plain(base)
    assert isinstance(made, DictValue)
    _merge(run, made, own)
    return made


def _merge(run: Interpreter, target: DictValue, source: DictValue) -> None:
    """mmengine's merge: mappings entry by entry, unless `_delete_` says that one replaces the other."""
    target.watcher = together(target.watcher, source.watcher)
    for slot, (key, value) in source.cells.items():
        mine = target.cells[slot][1] if slot in target.cells else None
        replaces = isinstance(value, DictValue) and _DELETE in value.cells
        if isinstance(value, DictValue) and isinstance(mine, DictValue) and not replaces:
            _merge(run, mine, value)
            continue
        fresh = plain(value)
        if replaces and isinstance(fresh, DictValue):
            fresh.cells.pop(_DELETE, None)
        target.cells[slot] = (key, fresh)
    if source.open:
        target.state["open"] = True
