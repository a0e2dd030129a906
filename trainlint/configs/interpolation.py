"""OmegaConf's DictConfig, with references such as `${optim.lr}` that are followed when they are read.

A reference is replaced by what it means when a config is made, so that whatever reads the whole mapping finds values;
the value remembers the reference (`Const.text`), and reading it alone follows the reference again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.configs.attribute_dicts import AttributeDict
from trainlint.configs.system import environment_of, variable
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DEEPEST = 8
TYPES = ("omegaconf.DictConfig", "collections.abc.MutableMapping", "collections.abc.Mapping", "object")
RESOLVERS = "configs.resolvers"
_STEP = re.compile(r"\[?([^.\[\]]+)\]?")


@dataclass(frozen=True)
class Reference:
    """The text that a value was worked out from."""

    text: str


class Dangling(Unknown):
    """A reference whose target is not there (yet): another config may bring it."""

    __slots__ = ("text",)

    def __init__(self, text: str, origin: Any = ()) -> None:
        super().__init__(f"the interpolation {text[:40]}", origin)
        self.text = Reference(text)


class Lacking(Unknown):
    """A key that a config does not have. OmegaConf before 2.1 read it as None, and code that relies on it does not run
    with others: `cfg.logger or OmegaConf.create()`."""

    __slots__ = ()

    def truth(self, run: Interpreter) -> bool | None:
        return False


class OmegaDict(AttributeDict):
    """OmegaConf's DictConfig, which is no dict. parent: the config that holds it."""

    __slots__ = ("parent",)

    def __init__(self, entries: Any = None, origin: Any = (), open: bool = False) -> None:
        super().__init__(entries, origin, open)
        self.parent: OmegaDict | None = None
        for _, value in self.cells.values():
            adopt(self, value)

    def types(self) -> tuple[str, ...] | None:
        return TYPES

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = super().get_item(run, key)
        text = reference_of(found)
        if text is not None:
            return resolved(run, self, text, found)
        if isinstance(found, Const) and found.value == "???":
            return Unknown(f"the value of {key.describe()}, which is missing (???)", found.origin)
        return found

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = super().get_attr(run, name)
        absent = not self.open and name not in self.cells and isinstance(found, Unknown)
        return Lacking(found.describe(), found.origin) if absent else found

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        adopt(self, value)
        super().set_item(run, key, value)


def adopt(parent: OmegaDict, value: Value) -> None:
    """Let a config's part know what holds it."""
    if isinstance(value, OmegaDict):
        value.parent = parent
    elif isinstance(value, ListValue):
        for element in value.elements:
            adopt(parent, element)


def reference_of(value: Value) -> str | None:
    """The reference that a value stands for."""
    note = value.text if isinstance(value, Const | Dangling) else None
    if isinstance(note, Reference):
        return note.text
    if isinstance(value, Const) and isinstance(value.value, str) and "${" in value.value:
        return value.value
    return None


def resolve(run: Interpreter, root: Value) -> Value:
    """A config with all its references replaced by what they mean now."""
    if isinstance(root, OmegaDict):
        _settle(run, root, root)
    return root


def _settle(run: Interpreter, owner: OmegaDict, value: Value) -> Value:
    if isinstance(value, OmegaDict):
        for slot, (name, inner) in list(value.cells.items()):
            settled = _settle(run, value, inner)
            if settled is not inner:
                run.write(value.cells, slot, (name, settled))
        return value
    if isinstance(value, ListValue):
        elements = tuple(_settle(run, owner, e) for e in value.elements)
        if any(a is not b for a, b in zip(elements, value.elements, strict=True)):
            run.write(value.cells, "elements", elements)
        return value
    text = reference_of(value)
    return resolved(run, owner, text, value) if text is not None else value


def resolved(run: Interpreter, owner: OmegaDict, text: str, value: Value, depth: int = 0) -> Value:
    """What a text with references means inside a config; the result remembers the text."""
    found = _text(run, owner, text, value.origin, depth)
    if isinstance(found, Const):
        return Const(found.value, found.origin, Reference(text))
    return found if found is not None else Dangling(text, value.origin)


def _text(run: Interpreter, owner: OmegaDict, text: str, origin: Any, depth: int) -> Value | None:
    parts = split(text)
    if depth > DEEPEST or parts is None:
        return None
    if len(parts) == 1 and parts[0][0]:
        return _reference(run, owner, parts[0][1], depth)
    pieces: list[str] = []
    for is_reference, part in parts:
        found = _reference(run, owner, part, depth) if is_reference else Const(part)
        if not isinstance(found, Const):
            return None
        pieces.append(str(found.value))
    return Const("".join(pieces), origin)


def split(text: str) -> list[tuple[bool, str]] | None:
    """Plain pieces, and the insides of `${...}` (True); None where the braces do not match."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while position < len(text):
        start = text.find("${", position)
        if start < 0:
            parts.append((False, text[position:]))
            break
        if start > position:
            parts.append((False, text[position:start]))
        depth, end = 1, start + 2
        while end < len(text) and depth:
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
        if depth:
            return None
        parts.append((True, text[start + 2 : end - 1]))
        position = end
    return parts


def _reference(run: Interpreter, owner: OmegaDict, inside: str, depth: int) -> Value | None:
    if "${" in inside:  # a reference within a reference
        inner = _text(run, owner, inside, (), depth + 1)
        if not isinstance(inner, Const) or (":" not in inside and not isinstance(inner.value, str)):
            return None
        inside = str(inner.value)
    name, colon, given = inside.partition(":")
    if colon:
        return _called(run, owner, name.strip(), given, depth)
    return _looked_up(run, owner, inside.strip(), depth)


def _looked_up(run: Interpreter, owner: OmegaDict, path: str, depth: int) -> Value | None:
    dots = len(path) - len(path.lstrip("."))
    start: OmegaDict | None = owner
    if dots:
        for _ in range(dots - 1):
            start = start.parent if start is not None else None
    else:
        while start is not None and start.parent is not None:
            start = start.parent
    found: Value | None = start
    holder = start
    for step in _STEP.findall(path):
        if isinstance(found, OmegaDict):
            holder = found
        if isinstance(found, DictValue):
            if found.watcher is not None:
                found.watcher.read(step)
            found = found.cells[step][1] if step in found.cells else None
        elif isinstance(found, ListValue) and step.isdigit() and int(step) < len(found.elements):
            found = found.elements[int(step)]
        else:
            return None
    text = reference_of(found) if found is not None else None
    if text is not None and holder is not None and found is not None:
        return resolved(run, holder, text, found, depth + 1)
    return None if isinstance(found, Dangling) else found


def literal(text: str) -> Const:
    """An argument of a resolver, or a value of the command line, as OmegaConf reads it."""
    from trainlint.source.yaml_scalars import core_value

    word = text.strip()
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"":
        return Const(word[1:-1])
    return Const(core_value(word))


def _called(run: Interpreter, owner: OmegaDict, name: str, given: str, depth: int) -> Value | None:
    arguments = [literal(part) for part in _split_arguments(given)]
    if name == "oc.env":
        return variable(run, environment_of(run), Args([*arguments]))
    if name == "oc.decode" and arguments and isinstance(arguments[0].value, str):
        return literal(arguments[0].value)
    if name == "oc.select" and arguments:
        found = _looked_up(run, owner, str(arguments[0].value), depth)
        return found if found is not None else (arguments[1] if len(arguments) > 1 else Const(None))
    resolver = run.memo.get(RESOLVERS, {}).get(name)
    return run.call(resolver, Args([*arguments])) if isinstance(resolver, Value) else None


def _split_arguments(text: str) -> list[str]:
    if not text.strip():
        return []
    return re.findall(r"(?:[^,'\"]|'[^']*'|\"[^\"]*\")+", text)


def as_config(value: Value) -> OmegaDict | None:
    """A value that is a config."""
    found = as_dict(value)
    return found if isinstance(found, OmegaDict) else None
