"""OmegaConf and other dictionaries with attributes, as far as plain loading and merging go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.attribute_dict_kinds import AutoDict, BoxClass, ConfigNode, DefaultMunchClass, EasyDict
from trainlint.configs.attribute_dicts import (
    AttributeDict,
    AttributeDictClass,
    deep_merge,
    nested,
    plain,
)
from trainlint.configs.dataclass_copies import as_mapping
from trainlint.configs.documents import Reading, read_text
from trainlint.configs.files import load_from
from trainlint.configs.interpolation import RESOLVERS, OmegaDict, resolve
from trainlint.configs.written import Written, written
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("omegaconf", usual={"OmegaConf": "omegaconf.OmegaConf"})
DICTS = TableLibrary(
    "easydict",
    "munch",
    "addict",
    "dotmap",
    "box",
    "ml_collections",
    "yacs",
    "fvcore",
    usual={
        "Box": "box.Box",
        "EasyDict": "easydict.EasyDict",
        "edict": "easydict.EasyDict",
        "Munch": "munch.Munch",
    },
    observers=("fvcore.nn",),
)
"""Dictionaries with attributes, by their packages."""
LIBRARIES = [LIBRARY, DICTS]
_NONE = Const(None)

DICTS.add(AttributeDictClass("easydict.EasyDict", EasyDict))
for _qualname in ("ml_collections.ConfigDict", "ml_collections.FrozenConfigDict",
                  "ml_collections.config_dict.ConfigDict", "ml_collections.config_dict.config_dict.ConfigDict",
                  "ml_collections.config_dict.FrozenConfigDict",
                  ):  # fmt: skip
    DICTS.add(AttributeDictClass(_qualname, AttributeDict))
for _qualname in ("munch.Munch", "yacs.config.CfgNode", "fvcore.common.config.CfgNode"):
    DICTS.add(AttributeDictClass(_qualname, ConfigNode))
for _qualname in ("addict.Dict", "addict.addict.Dict", "dotmap.DotMap"):
    DICTS.add(AttributeDictClass(_qualname, AutoDict))
DICTS.add(DefaultMunchClass("munch.DefaultMunch"))
DICTS.add(BoxClass("box.Box"), "box.ConfigBox")


@DICTS.function("ml_collections.config_dict.create")
def _create_dict(run: Interpreter, args: Args) -> Value:
    return nested(DictValue.of(args.keywords, open=args.open), AttributeDict)


@DICTS.function("ml_collections.config_dict.placeholder", "ml_collections.config_dict.required_placeholder")
def _placeholder(run: Interpreter, args: Args) -> Value:
    return _NONE


@DICTS.function("munch.munchify")
def _munchify(run: Interpreter, args: Args) -> Value:
    return nested(args.positional[0], ConfigNode) if args.positional else Unknown("munchify()")


def _config(run: Interpreter, value: Value) -> Value:
    return resolve(run, nested(plain(as_mapping(run, value)), OmegaDict))


@LIBRARY.function("omegaconf.OmegaConf.load")
def _load(run: Interpreter, args: Args) -> Value:
    reading = Reading("omegaconf", yaml12=True, mapping=OmegaDict)
    source = args.positional[0] if args.positional else args.keywords.get("file_", Unknown("a config"))
    return _config(run, load_from(run, source, "yaml", reading, paths=True))


class ConfigClass(LibraryClass):
    """omegaconf.DictConfig: calling it makes one."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        return _create(run, args)


LIBRARY.add(ConfigClass("omegaconf.DictConfig"), "omegaconf.dictconfig.DictConfig")
LIBRARY.add(ConfigClass("omegaconf.ListConfig"), "omegaconf.listconfig.ListConfig")


@LIBRARY.function("omegaconf.OmegaConf.create", "omegaconf.OmegaConf.structured")
def _create(run: Interpreter, args: Args) -> Value:
    source = args.positional[0] if args.positional else DictValue()
    if isinstance(source, Written) or (isinstance(source, Const) and isinstance(source.value, str)):
        source = load_from(run, source, "yaml", Reading("omegaconf", yaml12=True, mapping=OmegaDict))
    return _config(run, source)


READING = Reading("omegaconf", yaml12=True, mapping=OmegaDict)


def from_dotlist(run: Interpreter, value: Value) -> Value:
    """`["optim.lr=0.1", ...]` as a config. What the command line gives is nothing, as with the defaults of argparse."""
    made = OmegaDict()
    if isinstance(value, Const) or getattr(value, "elements", None) is None:
        known = isinstance(value, Const) and value.value is None
        return made if known else OmegaDict(open=True)
    for element in value.elements:  # type: ignore[attr-defined]
        if not isinstance(element, Const) or not isinstance(element.value, str):
            run.write(made.state, "open", True)
            continue
        path, _, text = element.value.lstrip("+~").partition("=")
        put(run, made, path, nested(read_text(run, Const(text, element.origin), "yaml", READING), OmegaDict))
    return made


def put(run: Interpreter, target: DictValue, path: str, value: Value) -> None:
    """Set the value at a dotted path; mappings on the way are made where there are none."""
    *parents, last = path.split(".")
    for name in parents:
        inner = target.cells[name][1] if name in target.cells else None
        if not isinstance(inner, DictValue):
            inner = type(target)()
            target.set_item(run, Const(name), inner)
        target = inner
    mine = target.cells[last][1] if last in target.cells else None
    if isinstance(mine, DictValue) and isinstance(value, DictValue):
        deep_merge(run, mine, value)
    else:
        target.set_item(run, Const(last), value)


@LIBRARY.function("omegaconf.OmegaConf.from_cli")
def _from_cli(run: Interpreter, args: Args) -> Value:
    return from_dotlist(run, args.positional[0]) if args.positional else OmegaDict()


@LIBRARY.function("omegaconf.OmegaConf.from_dotlist")
def _from_dotlist(run: Interpreter, args: Args) -> Value:
    return from_dotlist(run, args.positional[0] if args.positional else _NONE)


@LIBRARY.function("omegaconf.OmegaConf.merge", "omegaconf.OmegaConf.unsafe_merge")
def _merge(run: Interpreter, args: Args) -> Value:
    made: Value = OmegaDict(open=args.open)
    for part in args.positional:
        if isinstance(made, OmegaDict):
            deep_merge(run, made, nested(plain(as_mapping(run, part)), OmegaDict))
    return resolve(run, made)


@LIBRARY.function("omegaconf.OmegaConf.to_container")
def _to_container(run: Interpreter, args: Args) -> Value:
    return plain(resolve(run, args.positional[0])) if args.positional else Unknown("to_container()")


@LIBRARY.function("omegaconf.OmegaConf.to_object")
def _to_object(run: Interpreter, args: Args) -> Value:
    """Parts that a structured config describes become its objects: read by attribute."""
    value = resolve(run, args.positional[0]) if args.positional else Unknown("to_object()")
    return nested(plain(value), AttributeDict)


@LIBRARY.function("omegaconf.OmegaConf.select")
def _select(run: Interpreter, args: Args) -> Value:
    bound = args.bind("cfg", "key", "default=")
    value, key = bound.get("cfg", _NONE), bound.get("key", _NONE)
    default = bound.get("default", _NONE)
    for part in str(key.value).split(".") if isinstance(key, Const) else ():
        value = (
            run.call_method(value, "get", Const(part), default) if isinstance(value, DictValue) else default
        )
    return value if isinstance(key, Const) else Unknown("a key that is not known")


@LIBRARY.function("omegaconf.OmegaConf.update")
def _update(run: Interpreter, args: Args) -> Value:
    bound = args.bind("cfg", "key", "value")
    target, key = bound.get("cfg", _NONE), bound.get("key", _NONE)
    if not isinstance(key, Const) or "value" not in bound:
        return _NONE
    if isinstance(target, DictValue):
        put(run, target, str(key.value), nested(bound["value"], OmegaDict))
    return _NONE


@LIBRARY.function(
    "omegaconf.OmegaConf.set_struct", "omegaconf.OmegaConf.set_readonly", "omegaconf.OmegaConf.resolve",
    "omegaconf.OmegaConf.save", "omegaconf.open_dict", "omegaconf.read_write", "omegaconf.flag_override",
)  # fmt: skip
def _nothing(run: Interpreter, args: Args) -> Value:
    return _NONE


@LIBRARY.function("omegaconf.OmegaConf.register_new_resolver", "omegaconf.OmegaConf.register_resolver")
def _register_resolver(run: Interpreter, args: Args) -> Value:
    bound = args.bind("name", "resolver")
    name = bound.get("name")
    if isinstance(name, Const) and "resolver" in bound:
        run.write(run.memo, RESOLVERS, {**run.memo.get(RESOLVERS, {}), str(name.value): bound["resolver"]})
    return _NONE


LIBRARY.constant("omegaconf.MISSING", "???")


@LIBRARY.function("omegaconf.OmegaConf.to_yaml")
def _to_yaml(run: Interpreter, args: Args) -> Value:
    return written("YAML text", args)


@LIBRARY.function("omegaconf.OmegaConf.is_config", "omegaconf.OmegaConf.is_missing")
def _not_known(run: Interpreter, args: Args) -> Value:
    return Unknown("a question to OmegaConf")
