"""A config document on its own, before any code is linked to it."""

from __future__ import annotations

from dataclasses import dataclass

from trainlint.model import Location


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


@dataclass(frozen=True)
class SourceFile:
    """A Python file or notebook as read, with what does not parse in it."""

    path: str
    faults: tuple[Fault, ...] = ()
