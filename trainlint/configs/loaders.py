"""Loaders of config files: yaml, ruamel.yaml, json, tomllib and their like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.documents import Reading
from trainlint.configs.file_parts import FileParts
from trainlint.configs.files import FileText, keep_written, load_from, opened_path
from trainlint.configs.paths import path_text
from trainlint.configs.written import written
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

YAML = TableLibrary("yaml", usual={"yaml": "yaml"})
RUAMEL = TableLibrary("ruamel")
JSON = TableLibrary(
    "json",
    "orjson",
    "ujson",
    "simplejson",
    "json5",
    "commentjson",
    "hjson",
    "jsmin",
    "json_minify",
    usual={"json": "json"},
)
TOML = TableLibrary(
    "tomllib",
    "tomli",
    "toml",
    "tomlkit",
    "pytoml",
    "rtoml",
    "qtoml",
    usual={"tomllib": "tomllib", "toml": "toml"},
)
OTHERS = TableLibrary("anyconfig", "jarvis", "monty", "srsly")
LIBRARIES = [YAML, RUAMEL, JSON, TOML, OTHERS]

_PATCHED = "configs.yaml_patched"
_NONE = Const(None)
_MISSING = Unknown("a loader without a source")


def _source(args: Args, *names: str) -> Value:
    bound = args.bind(*names)
    return bound.get(names[0], _MISSING)


# -- PyYAML


class YamlLoader(LibraryClass):
    """A loader class of PyYAML. Once code has taught one how to read scalars, exponents count as numbers."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.class_attribute(run, self, name)
        return found if found is not None else Unknown(f"{self.qualname}.{name}")

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in ("add_implicit_resolver", "add_constructor", "add_path_resolver", "add_multi_constructor"):
            return Native(name, _patch)
        if name == "yaml_implicit_resolvers":
            run.write(run.memo, _PATCHED, True)
            return Unknown("resolvers of a YAML loader")
        return None


def _patch(run: Interpreter, args: Args) -> Value:
    run.write(run.memo, _PATCHED, True)
    return _NONE


for _name in ("SafeLoader", "CSafeLoader", "FullLoader", "CFullLoader", "Loader", "CLoader", "UnsafeLoader",
              "CUnsafeLoader", "BaseLoader", "CBaseLoader"):  # fmt: skip
    YAML.add(YamlLoader(f"yaml.{_name}"), f"yaml.loader.{_name}", f"yaml.cyaml.{_name}")
YAML.function("yaml.add_implicit_resolver", "yaml.add_constructor")(_patch)


def _yaml_reading(run: Interpreter, loader: Value | None) -> Reading:
    if run.memo.get(_PATCHED):
        return Reading("pyyaml", yaml12=True)
    name = getattr(loader, "qualname", "")
    return Reading("pyyaml", text_only=name.endswith("BaseLoader"))


def _load_yaml(run: Interpreter, args: Args, many: bool) -> Value:
    bound = args.bind("stream", "Loader")
    return load_from(
        run, bound.get("stream", _MISSING), "yaml", _yaml_reading(run, bound.get("Loader")), many
    )


@YAML.function("yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load")
def _load(run: Interpreter, args: Args) -> Value:
    return _load_yaml(run, args, False)


@YAML.function("yaml.safe_load_all", "yaml.load_all", "yaml.full_load_all", "yaml.unsafe_load_all")
def _load_all(run: Interpreter, args: Args) -> Value:
    return _load_yaml(run, args, True)


@YAML.function("yaml.dump", "yaml.safe_dump", "yaml.dump_all")
def _dump(run: Interpreter, args: Args) -> Value:
    text = written("YAML text", args)
    if len(args.positional) == 1 and "stream" not in args.keywords:
        return text
    keep_written(run, _source(Args(args.positional[1:], args.keywords), "stream"), text)
    return _NONE


class RuamelClass(LibraryClass):
    """ruamel.yaml.YAML: reads YAML 1.2."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("load", "load_all"):
            return Native(name, lambda r, args: _load_ruamel(r, args, name == "load_all"))
        return Native(name, lambda r, args: _NONE) if name == "dump" else None


def _load_ruamel(run: Interpreter, args: Args, many: bool) -> Value:
    source = _source(args, "stream")
    reading = Reading("ruamel.yaml", yaml12=True)
    return load_from(run, source, "yaml", reading, many, paths=not isinstance(source, Const))


RUAMEL.add(RuamelClass("ruamel.yaml.YAML"), "ruamel.yaml.main.YAML")


@RUAMEL.function("ruamel.yaml.safe_load", "ruamel.yaml.load", "ruamel.yaml.round_trip_load")
def _load_ruamel_function(run: Interpreter, args: Args) -> Value:
    return _load_ruamel(run, args, False)


# -- JSON and TOML


def _json_reading(run: Interpreter, args: Args) -> Reading:
    hook = args.keywords.get("object_hook")
    if hook is None or (isinstance(hook, Const) and hook.value is None):
        return Reading("json")
    called = hook

    def apply(mapping: DictValue) -> Value:
        return run.call(called, Args([mapping]))

    return Reading("json", hook=apply)


class DecoderClass(LibraryClass):
    """json.JSONDecoder, which projects derive theirs from: `json.load(file, cls=Decoder)`."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native(f"{self.qualname}.decode", _decode) if name == "decode" else None


def _decode(run: Interpreter, args: Args) -> Value:
    return load_from(run, _source(args, "s"), "json", Reading("json"))


JSON.add(DecoderClass("json.JSONDecoder"), "json.decoder.JSONDecoder")


def _decoded(run: Interpreter, args: Args, text: Value) -> Value | None:
    """What a decoder of the project's own makes of a text; None where none is given."""
    cls = args.keywords.get("cls")
    if cls is None or (isinstance(cls, Const) and cls.value is None):
        return None
    own = run.class_attribute(cls, "decode") if isinstance(cls, ClassValue) else None
    if own is None:
        return Unknown("what a decoder of JSON makes")
    return run.call(run.bind(own, run.call(cls, Args())), Args([text]))


@JSON.function("json.load", "ujson.load", "simplejson.load")
def _load_json(run: Interpreter, args: Args) -> Value:
    source = _source(args, "fp")
    decoded = _decoded(run, args, FileText(opened_path(source)))
    return decoded if decoded is not None else load_from(run, source, "json", _json_reading(run, args))


@JSON.function("json5.load", "commentjson.load", "hjson.load")
def _load_json5(run: Interpreter, args: Args) -> Value:
    return load_from(run, _source(args, "fp"), "json", Reading("json5"))


@JSON.function("json.loads", "orjson.loads", "ujson.loads", "simplejson.loads", "json5.loads")
def _loads_json(run: Interpreter, args: Args) -> Value:
    source = _source(args, "s")
    decoded = _decoded(run, args, source)
    return decoded if decoded is not None else load_from(run, source, "json", _json_reading(run, args))


@JSON.function("jsmin.jsmin", "json_minify.json_minify", "json_minify.minify")
def _minified(run: Interpreter, args: Args) -> Value:
    """JSON without its comments and spaces, which says the same: all of a file that may be no JSON as it stands."""
    text = args.positional[0] if args.positional else Unknown("JSON text")
    return FileParts(text.path, True) if isinstance(text, FileText) else text


@JSON.function("json.dump", "ujson.dump", "simplejson.dump")
def _dump_json(run: Interpreter, args: Args) -> Value:
    keep_written(
        run, _source(Args(args.positional[1:], args.keywords), "fp"), written("JSON text", args, texts=True)
    )
    return _NONE


@JSON.function("json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps")
def _dumps_json(run: Interpreter, args: Args) -> Value:
    return written("JSON text", args, texts=True)


@TOML.function("tomllib.load", "tomli.load", "tomlkit.load", "pytoml.load", "qtoml.load")
def _load_toml(run: Interpreter, args: Args) -> Value:
    return load_from(run, _source(args, "fp"), "toml", Reading("toml"))


@TOML.function("toml.load", "rtoml.load")
def _load_toml_path(run: Interpreter, args: Args) -> Value:
    return load_from(run, _source(args, "f"), "toml", Reading("toml"), paths=True)


@TOML.function(
    "tomllib.loads",
    "tomli.loads",
    "toml.loads",
    "tomlkit.parse",
    "tomlkit.loads",
    "pytoml.loads",
    "rtoml.loads",
    "qtoml.loads",
)
def _loads_toml(run: Interpreter, args: Args) -> Value:
    return load_from(run, _source(args, "s"), "toml", Reading("toml"))


# -- libraries that read a file by its path


_BY_PATH: dict[str, Format | None] = {
    "anyconfig.load": None,
    "jarvis.db.jsonutils.loadjson": "json",
    "monty.serialization.loadfn": None,
    "srsly.read_json": "json",
    "srsly.read_yaml": "yaml",
}
"""Functions that read the file that their first argument names; None where its suffix says the format.
Sources: https://anyconfig.readthedocs.io/, https://github.com/usnistgov/jarvis (jarvis/db/jsonutils.py),
https://pythonhosted.org/monty/monty.html#module-monty.serialization, https://github.com/explosion/srsly."""


def _reader(format: Format | None) -> Callable[[Interpreter, Args], Value]:
    def read(run: Interpreter, args: Args) -> Value:
        source = next(iter((*args.positional, *args.keywords.values())), _MISSING)
        text = path_text(source)
        kind = format or (config_format(Path(text)) if text is not None else None)
        return load_from(run, source, kind or "json", Reading(kind or "json"), paths=True)

    return read


for _name, _format in _BY_PATH.items():
    OTHERS.function(_name)(_reader(_format))
