"""Plain data to JSON and back: frozen dataclasses of numbers, words, tuples, mappings and each other."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """A value as lists, objects, numbers and words; what has its default value is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: to_json(getattr(value, f.name))
            for f in fields(value)
            if getattr(value, f.name) != f.default
        }
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[T], data: Any) -> T:
    """The other way.

    Raises:
        TypeError, KeyError: the data does not describe such a value.
    """
    value: T = _read(kind, data)
    return value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin is Union or origin is types.UnionType:
        return _read_union(get_args(kind), data)
    if origin is tuple:
        inner = get_args(kind)
        return tuple(_read(inner[0], item) for item in data)
    if origin is dict:
        return {key: _read(get_args(kind)[1], item) for key, item in data.items()}
    if kind is Any:
        return _tuples(data)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], item) for name, item in data.items()})
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if isinstance(kind, type) and not isinstance(data, kind):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data


def _read_union(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in kinds:
        return None
    error: Exception = TypeError(f"{data!r} is none of {kinds}")
    for kind in kinds:
        if kind is float and isinstance(data, int) and int in kinds:
            continue
        try:
            return _read(kind, data)
        except (TypeError, KeyError, AttributeError) as problem:
            error = problem
    raise error


def _tuples(data: Any) -> Any:
    """Options hold tuples, which JSON makes lists of."""
    if isinstance(data, list):
        return tuple(_tuples(item) for item in data)
    if isinstance(data, dict):
        return {key: _tuples(item) for key, item in data.items()}
    return data
