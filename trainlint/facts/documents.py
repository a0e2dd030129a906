"""A config document on its own, before any code is linked to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from trainlint.model import Location, Place


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that stands twice in one mapping: `location` is the later key, `first` the one that is lost."""

    key: str
    location: Location
    first: Location


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file could not be read or parsed."""

    location: Location
    reason: str


@dataclass(frozen=True)
class Document:
    """A config file as read: its format (yaml, json, toml), faults and duplicate keys."""

    path: str
    format: str
    faults: tuple[Fault, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()


@dataclass(eq=False)
class LoadedConfig:
    """A document that a program's code loads. Keys are dotted paths.

    scalars: every scalar's place (its key's). values: where its value stands, which an alias shares with its anchor. read: what code asked for by name. whole: mappings that code went through, unpacked or
    gave away (`""` is the root), so that anything in them may be used. unread: hyperparameters that code that was seen
    has no use for, worked out when the program ends.
    """

    path: str
    scalars: dict[str, Location] = field(default_factory=dict)
    values: dict[str, Location] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    unread: tuple[str, ...] = ()

    def used(self, key: str) -> bool:
        """Whether code may have used the value at a dotted path."""
        parts = key.split(".")
        return key in self.read or any(".".join(parts[:n]) in self.whole for n in range(len(parts)))


@dataclass(frozen=True, slots=True)
class MissingKey:
    """A key that code reads, with no default, and the document does not have. near: the key that is most like it."""

    config: str
    key: str
    mapping: Location
    use: Location
    near: str = ""


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A value of the command line or of a config that a literal replaces before anything reads it.

    name: as code writes it (`args.lr`). place: where the value stands.
    """

    name: str
    value: object
    place: Place
    new: object
    location: Location


@dataclass(frozen=True)
class SourceFile:
    """A Python file or notebook as read, with what does not parse in it."""

    path: str
    faults: tuple[Fault, ...] = ()
