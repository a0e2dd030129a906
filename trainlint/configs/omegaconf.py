"""OmegaConf and other dictionaries with attributes, as far as plain loading and merging go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import (
    AttributeDict,
    AttributeDictClass,
    OmegaDict,
    deep_merge,
    nested,
    plain,
)
from trainlint.configs.dataclasses import as_mapping
from trainlint.configs.documents import Reading
from trainlint.configs.files import load_from
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("omegaconf", usual={"OmegaConf": "omegaconf.OmegaConf"})
DICTS = TableLibrary("easydict", "munch", "addict", "box", "ml_collections", "yacs", "fvcore")
LIBRARIES = [LIBRARY, DICTS]
_NONE = Const(None)
_REFERENCE = re.compile(r"\$\{([\w.]+)\}")

for _qualname in ("easydict.EasyDict", "munch.Munch", "munch.DefaultMunch", "addict.Dict", "addict.addict.Dict",
                  "box.Box", "ml_collections.ConfigDict", "ml_collections.config_dict.ConfigDict",
                  "yacs.config.CfgNode", "fvcore.common.config.CfgNode"):  # fmt: skip
    DICTS.add(AttributeDictClass(_qualname, AttributeDict))


@DICTS.function("munch.munchify")
def _munchify(run: Interpreter, args: Args) -> Value:
    return nested(args.positional[0], AttributeDict) if args.positional else Unknown("munchify()")


def resolve(root: DictValue, value: Value, depth: int = 0) -> Value:
    """The value with references such as `${optim.lr}` replaced; other interpolations are not known."""
    if isinstance(value, OmegaDict):
        entries = {k: (n, resolve(root, v, depth)) for k, (n, v) in value.cells.items()}
        return OmegaDict(entries, value.origin, value.open)
    if isinstance(value, ListValue):
        return ListValue([resolve(root, e, depth) for e in value.elements], value.origin, value.open)
    if not isinstance(value, Const) or not isinstance(value.value, str) or "${" not in value.value:
        return value
    match = _REFERENCE.fullmatch(value.value)
    found: Value | None = root if match is not None and depth < 8 else None
    for part in match.group(1).split(".") if match is not None else ():
        found = found.cells[part][1] if isinstance(found, DictValue) and part in found.cells else None
    if found is None:
        return Unknown(f"the interpolation {value.value[:40]}", value.origin)
    return resolve(root, found, depth + 1)


def _config(run: Interpreter, value: Value) -> Value:
    made = nested(as_mapping(run, value), OmegaDict)
    return resolve(made, made) if isinstance(made, OmegaDict) else made


@LIBRARY.function("omegaconf.OmegaConf.load")
def _load(run: Interpreter, args: Args) -> Value:
    reading = Reading("omegaconf", yaml12=True, mapping=OmegaDict)
    source = args.positional[0] if args.positional else args.keywords.get("file_", Unknown("a config"))
    return _config(run, load_from(run, source, "yaml", reading, paths=True))


@LIBRARY.function("omegaconf.OmegaConf.create", "omegaconf.OmegaConf.structured", "omegaconf.DictConfig")
def _create(run: Interpreter, args: Args) -> Value:
    source = args.positional[0] if args.positional else DictValue()
    if isinstance(source, Const) and isinstance(source.value, str):
        source = load_from(run, source, "yaml", Reading("omegaconf", yaml12=True, mapping=OmegaDict))
    return _config(run, source)


@LIBRARY.function("omegaconf.OmegaConf.from_cli", "omegaconf.OmegaConf.from_dotlist")
def _from_cli(run: Interpreter, args: Args) -> Value:
    given = args.positional[0] if args.positional else _NONE
    empty = isinstance(given, Const) or (isinstance(given, ListValue) and not given.elements)
    return OmegaDict() if empty else OmegaDict(open=True)


@LIBRARY.function("omegaconf.OmegaConf.merge", "omegaconf.OmegaConf.unsafe_merge")
def _merge(run: Interpreter, args: Args) -> Value:
    made: Value = OmegaDict(open=args.open)
    for part in args.positional:
        if isinstance(made, OmegaDict):
            deep_merge(run, made, nested(plain(as_mapping(run, part)), OmegaDict))
    return resolve(made, made) if isinstance(made, OmegaDict) else made


@LIBRARY.function("omegaconf.OmegaConf.to_container", "omegaconf.OmegaConf.to_object")
def _to_container(run: Interpreter, args: Args) -> Value:
    return plain(args.positional[0]) if args.positional else Unknown("to_container()")


@LIBRARY.function("omegaconf.OmegaConf.select")
def _select(run: Interpreter, args: Args) -> Value:
    bound = args.bind("cfg", "key", "default=")
    value, key = bound.get("cfg", _NONE), bound.get("key", _NONE)
    for part in str(key.value).split(".") if isinstance(key, Const) else ():
        value = run.call_method(value, "get", Const(part), bound.get("default", _NONE))
    return value if isinstance(key, Const) else Unknown("a key that is not known")


@LIBRARY.function("omegaconf.OmegaConf.update")
def _update(run: Interpreter, args: Args) -> Value:
    bound = args.bind("cfg", "key", "value")
    target, key = bound.get("cfg", _NONE), bound.get("key", _NONE)
    if not isinstance(key, Const) or "value" not in bound:
        return _NONE
    *parents, last = str(key.value).split(".")
    for part in parents:
        target = run.get_item(target, Const(part))
    target.set_item(run, Const(last), nested(bound["value"], OmegaDict))
    return _NONE


@LIBRARY.function(
    "omegaconf.OmegaConf.set_struct", "omegaconf.OmegaConf.set_readonly", "omegaconf.OmegaConf.resolve",
    "omegaconf.OmegaConf.save", "omegaconf.OmegaConf.register_new_resolver", "omegaconf.open_dict",
)  # fmt: skip
def _nothing(run: Interpreter, args: Args) -> Value:
    return _NONE


@LIBRARY.function(
    "omegaconf.OmegaConf.to_yaml", "omegaconf.OmegaConf.is_config", "omegaconf.OmegaConf.is_missing"
)
def _not_known(run: Interpreter, args: Args) -> Value:
    return Unknown("a question to OmegaConf")
