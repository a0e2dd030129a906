"""How Hydra composes a config: the defaults list, groups and their overrides, packages, the store.

Follows hydra.cc, "The Defaults List" and "Packages". A part that cannot be found leaves the config open: keys that are
not seen may be in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import deep_merge, nested, plain
from trainlint.configs.dataclass_copies import as_mapping
from trainlint.configs.documents import Reading, parse, read_file
from trainlint.configs.interpolation import OmegaDict
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Const, Unknown, Value
from trainlint.source.problem import Unreadable

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

STORE = "configs.hydra_store"
DEEPEST = 12
"""Levels of defaults lists that are followed."""
_READING = Reading("omegaconf", yaml12=True, mapping=OmegaDict)
_CHOICE = re.compile(r"\$\{(?:defaults\.\d+\.)?([\w/@]+)\}")
"""In a defaults list: the option of another group, as `${model}` or, before Hydra 1.1, `${defaults.1.model}`."""
_PACKAGE = re.compile(r"^\s*#\s*@package[: ]\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Stored:
    """A config in the ConfigStore."""

    node: Value
    package: str | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of a defaults list. group: from the top, without a slash before it; None for `_self_`.

    config: it names a config (`- base`), which no choice for its group replaces; a choice is for `- group: option`.
    more: further options of an `override` that gives a list.
    optional: it is passed over where there is no such config (`- optional local: default`).
    """

    group: str | None
    option: str = ""
    package: str | None = None
    override: bool = False
    config: bool = False
    more: tuple[str, ...] = ()
    optional: bool = False


@dataclass
class Composer:
    """One composition. choices: which option of a group was chosen on the command line or by an `override`;
    known: the option of each group that is drawn in, which `${group}` in a defaults list stands for; flat: groups go to the top, as before Hydra 1.0;
    last: entries whose option is named after other groups, and how deep they stand; more: further options that were chosen of a group."""

    run: Interpreter
    directory: Path
    choices: dict[str, str | None] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    missing: bool = False
    flat: bool = False
    last: list[tuple[Entry, int]] = field(default_factory=list)
    more: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def whole(self, name: str) -> Value:
        """The primary config of this name, composed."""
        group, _, name = name.strip("/").rpartition("/")
        own, _ = self.own(group, name)
        if not isinstance(own, OmegaDict):
            return own if isinstance(own, Unknown) else Unknown(f"the config {name}")
        self.collect(group, name, 0)
        for entry, depth in self.last:  # grows as it is gone through
            self.take(entry, depth)
        made = OmegaDict(origin=own.origin)
        self.compose(made, group, name, group.replace("/", "."), 0)
        if self.missing:
            _open(self.run, made)
        return made

    def choose(self, primary: str, folder: str, option: str) -> None:
        """Choose the config of a folder: an option of that group, or of one above it that the primary config names
        (`experiment: images/small`)."""
        own, _ = self.own("", primary)
        groups = {e.group for e in self.entries(own, "")} if isinstance(own, OmegaDict) else set()
        parts = folder.split("/")
        known = (n for n in range(len(parts), 0, -1) if "/".join(parts[:n]) in groups)
        split = next(known, len(parts))
        self.choices["/".join(parts[:split])] = "/".join([*parts[split:], option])

    def own(self, group: str, name: str) -> tuple[Value, str | None]:
        """What a config itself says, and the package that its header names."""
        stem, path = self.place(group, name)
        if self.run.reader.is_file(path):
            document = parse(self.run, path, "yaml")
            header = None if isinstance(document, Unreadable) else _PACKAGE.search(document.text[:400])
            value = read_file(self.run, str(path), "yaml", _READING)
            value = OmegaDict() if isinstance(value, Const) and value.value is None else value
            return value, header.group(1) if header else None
        stored: dict[tuple[str, str], Stored] = self.run.memo.get(STORE, {})
        kept = stored.get(self.key(group, stem))
        if kept is not None:
            return nested(plain(as_mapping(self.run, kept.node)), OmegaDict), kept.package
        self.run.gap(f"config {group}/{name}".replace("config /", "config "), "the file was not found")
        return Unknown(f"the config {name}"), None

    def place(self, group: str, name: str) -> tuple[str, Path]:
        """The name of a config in the store, and its file."""
        stem = name.removesuffix(".yaml").removesuffix(".yml")
        return stem, self.directory / group / (name if name != stem else f"{name}.yaml")

    def exists(self, group: str, name: str) -> bool:
        """Whether there is a config of this name, in a file or in the store."""
        stem, path = self.place(group, name)
        return self.run.reader.is_file(path) or self.key(group, stem) in self.run.memo.get(STORE, {})

    def key(self, group: str, stem: str) -> tuple[str, str]:
        """The name by which the store has a config."""
        above, _, last = f"{group}/{stem}".rpartition("/")
        return above.strip("/"), last

    def collect(self, group: str, name: str, depth: int) -> None:
        """Note what `override` entries choose, in the config and in all that it draws in, and what each group is.

        Entries whose option is named after other groups are drawn in when all others are.
        """
        own, _ = self.own(group, name)
        entries = list(self.entries(own, group)) if isinstance(own, OmegaDict) and depth < DEEPEST else []
        for entry in entries:
            if entry.override and entry.group is not None and entry.group not in self.choices:
                self.choices[entry.group] = entry.option or None
                self.more[entry.group] = entry.more
        for entry in entries:
            if "${" in entry.option:
                self.last.append((entry, depth))
            else:
                self.take(entry, depth)

    def take(self, entry: Entry, depth: int) -> None:
        """Note what an entry chooses, and what the config that it draws in does."""
        if entry.group is not None and not entry.override:
            if not entry.config:
                name = f"{entry.group}@{entry.package}" if entry.package else entry.group
                self.known.setdefault(name, self.option(entry))
            for inner_group, option in self.chosen(entry):
                self.collect(inner_group, option, depth + 1)

    def option(self, entry: Entry) -> str:
        """The option that an entry chooses; "" for none."""
        option = entry.option
        if entry.group and not entry.config:
            option = self.choices.get(entry.group, option) or ""
        return _CHOICE.sub(lambda found: self.known.get(found[1]) or found[0], option)

    def chosen(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """The config that an entry stands for."""
        further = () if entry.config else self.more.get(entry.group or "", ())
        for option in (self.option(entry), *further):
            if option and "${" not in option:
                group, name = entry.group or "", option.strip("/")
                if entry.config:  # `data: images/small` is an option of the group `data` all the same
                    group, _, name = f"{group}/{name}".rpartition("/")
                if not entry.optional or self.exists(group.strip("/"), name):
                    yield group.strip("/"), name
            elif option:
                self.missing = True

    def entries(self, own: OmegaDict, group: str) -> Iterator[Entry]:
        """The defaults list of a config, `_self_` added at its end where it is not named."""
        listed = own.cells["defaults"][1] if "defaults" in own.cells else None
        found: list[Entry] = []
        for element in listed.elements if isinstance(listed, ListValue) else ():
            found += self.entry(element, group)
        yield from found
        if not any(e.group is None for e in found):
            yield Entry(None)

    def entry(self, element: Value, group: str) -> list[Entry]:
        """An element of a defaults list: `_self_`, `- base`, `- optim: adam`, `- override /optim@x: adam`."""
        if isinstance(element, Const) and isinstance(element.value, str):
            if element.value == "_self_":
                return [Entry(None)]
            name, _, package = element.value.partition("@")
            above, _, option = _absolute(name, group).rpartition("/")
            return [
                Entry(above, option, package or "_here_" if above == group else package or None, config=True)
            ]
        found: list[Entry] = []
        for key, value in element.strings().items() if isinstance(element, DictValue) else ():
            word = key.removeprefix("optional ").strip()
            override = word.startswith("override ")
            name, _, package = word.removeprefix("override ").strip().partition("@")
            absolute = _absolute(name, group)
            if absolute.startswith("hydra/") or absolute == "hydra":
                continue
            options = value.elements if isinstance(value, ListValue) else [value]
            if override and len(options) > 1 and all(isinstance(choice, Const) for choice in options):
                first, *rest = [str(choice.value) for choice in options if isinstance(choice, Const)]
                found.append(Entry(absolute, first, package or None, True, more=tuple(rest)))
                continue
            for choice in options:
                if isinstance(choice, Const):
                    text = choice.value if isinstance(choice.value, str) else ""
                    optional = key.startswith("optional ")
                    found.append(Entry(absolute, text, package or None, override, optional=optional))
                else:
                    self.missing = True
        return found

    def compose(self, made: OmegaDict, group: str, name: str, package: str, depth: int) -> None:
        """Merge a config and all that it draws in, in the order of its defaults list."""
        own, header = self.own(group, name)
        package = _package(header, group, package)
        if isinstance(own, ListValue) and package:  # a document that is a list fills its place, and no other
            _merge_at(self.run, made, package, own)
            return
        if not isinstance(own, OmegaDict) or depth > DEEPEST:
            self.missing = True
            return
        for entry in self.entries(own, group):
            if entry.group is None:
                values = OmegaDict({k: v for k, v in own.cells.items() if k != "defaults"}, own.origin)
                values.watcher = own.watcher
                _merge_at(self.run, made, package, values)
            elif not entry.override:
                for inner_group, option in self.chosen(entry):
                    inner = self.inner_package(entry, inner_group, group, package)
                    self.compose(made, inner_group, option, inner, depth + 1)

    def inner_package(self, entry: Entry, inner_group: str, group: str, package: str) -> str:
        """Where the config of an entry goes: relative to the config that draws it in."""
        if entry.package == "_here_":
            return package
        if entry.package == _TOP or (self.flat and not entry.package):
            return ""
        if entry.package:
            absolute = entry.package.startswith(f"{_TOP}.")
            named = entry.package.removeprefix(f"{_TOP}.")
            return named if absolute or not package else f"{package}.{named}"
        if group and inner_group.startswith(f"{group}/"):
            below = inner_group[len(group) + 1 :].replace("/", ".")
            return f"{package}.{below}" if package else below
        return inner_group.replace("/", ".")


_TOP = "_global_"


def _absolute(name: str, group: str) -> str:
    """A group or config from the top; relative names are below the config's own group."""
    return name.lstrip("/") if name.startswith("/") or not group else f"{group}/{name}"


def _package(header: str | None, group: str, package: str) -> str:
    if header is None:
        return package
    if header == "_group_":
        return group.replace("/", ".")
    # What stands before the last one, and the character behind it, do not count: `__global__` is the top too.
    below = f"{_TOP}.{header}".rpartition(_TOP)[2]
    return below[1:]


def _merge_at(run: Interpreter, made: OmegaDict, package: str, values: OmegaDict | ListValue) -> None:
    part: Value = values
    for name in reversed([p for p in package.split(".") if p]):
        part = OmegaDict({name: (Const(name), part)}, values.origin)
    if isinstance(part, OmegaDict):
        deep_merge(run, made, part)


def _open(run: Interpreter, made: DictValue) -> None:
    """A part that was not seen may go to any section: none is known to lack a key."""
    run.write(made.state, "open", True)
    for _, value in made.cells.values():
        if isinstance(value, DictValue):
            _open(run, value)
