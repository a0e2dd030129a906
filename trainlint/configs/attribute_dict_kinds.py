"""Further dictionaries whose keys are attributes too: those that make missing keys, and those that are read from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.configs.attribute_dicts import AttributeDict, AttributeDictClass, nested, plain
from trainlint.semantics.keys import key_of
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.source.tree import Format

_NONE = Const(None)


class ConfigNode(AttributeDict):
    """One whose class is a dict, of a name that a program may ask for in several ways: CfgNode, Munch, ConfigDict."""

    __slots__ = ()
    sure = ("dict", "object")


class EasyDict(AttributeDict):
    """easydict.EasyDict: a dictionary of its own class at any depth, which code that merges configs asks for."""

    __slots__ = ()

    def types(self) -> tuple[str, ...] | None:
        return ("easydict.EasyDict", "dict", "object")


class AutoDict(AttributeDict):
    """addict.Dict, DotMap, and Box with `default_box`: a key that is not there gives an empty one, which is kept once it is
    written to. owner: where it will be kept."""

    __slots__ = ("owner",)
    sure = ("dict", "object")

    def __init__(self, entries: Any = None, origin: Origin = (), open: bool = False) -> None:
        super().__init__(entries, origin, open)
        self.owner: tuple[AutoDict, Value] | None = None

    def has_attr(self, name: str) -> bool | None:
        return True

    def get_item(self, run: Interpreter, key: Value) -> Value:
        slot = key_of(key)
        if slot is None or slot in self.cells or self.open:
            return super().get_item(run, key)
        made = AutoDict()
        made.owner = (self, key)
        return made

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, key, value)
        if self.owner is not None:
            (above, name), self.owner = self.owner, None
            above.set_item(run, name, self)


class DefaultMunch(AttributeDict):
    """munch.DefaultMunch: a key that is not there has the default."""

    __slots__ = ("default",)
    sure = ("dict", "object")

    def __init__(self, entries: Any = None, origin: Origin = (), open: bool = False) -> None:
        super().__init__(entries, origin, open)
        self.default: Value = _NONE

    def has_attr(self, name: str) -> bool | None:
        return True

    def get_item(self, run: Interpreter, key: Value) -> Value:
        slot = key_of(key)
        missing = slot is not None and slot not in self.cells and not self.open
        return self.default if missing else super().get_item(run, key)


class DefaultMunchClass(AttributeDictClass):
    """munch.DefaultMunch: the first argument is the default."""

    __slots__ = ()

    def __init__(self, qualname: str) -> None:
        super().__init__(qualname, DefaultMunch)

    def call(self, run: Interpreter, args: Args) -> Value:
        made = super().call(run, Args(args.positional[1:], args.keywords, args.open))
        if isinstance(made, DefaultMunch):
            made.default = args.positional[0] if args.positional else _NONE
        return made


class BoxClass(AttributeDictClass):
    """box.Box: read from files too; `default_box` makes keys that are not there."""

    __slots__ = ()

    def __init__(self, qualname: str) -> None:
        super().__init__(qualname, ConfigNode)

    def call(self, run: Interpreter, args: Args) -> Value:
        options = {
            k: v for k, v in args.keywords.items() if k.startswith(("default_box", "box_", "frozen_box"))
        }
        given = Args(args.positional, {k: v for k, v in args.keywords.items() if k not in options}, args.open)
        made = super().call(run, given)
        default = options.get("default_box")
        return nested(plain(made), AutoDict) if default is not None and default.truth(run) else made

    def get_attr(self, run: Interpreter, name: str) -> Value:
        formats: dict[str, Format] = {"from_yaml": "yaml", "from_json": "json", "from_toml": "toml"}
        if name in formats:
            return Native(name, lambda r, args: _box_file(r, args, formats[name], name[5:]))
        return super().get_attr(run, name)


def _box_file(run: Interpreter, args: Args, format: Format, kind: str) -> Value:
    from trainlint.configs.documents import Reading
    from trainlint.configs.files import load_from

    bound = args.bind(f"{kind}_string", "filename")
    source = bound.get("filename", bound.get(f"{kind}_string", Unknown("a file")))
    reading = Reading("ruamel.yaml" if format == "yaml" else format, yaml12=True)
    return nested(load_from(run, source, format, reading, paths="filename" in bound), ConfigNode)
