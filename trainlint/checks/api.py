"""What a rule's file needs: `@check`, options, and `report`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from trainlint.model import Finding, Location, Place, Rule

CheckFunction = Callable[..., Iterator[Finding]]


class Options(Mapping[str, Any]):
    """A rule's options: the settings' values over the rule's defaults."""

    def __init__(self, rule: Rule, values: Mapping[str, Any] | None = None) -> None:
        self._values = {key: option.default for key, option in rule.options.items()}
        self._values.update(values or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True)
class Check:
    """A check and the facts that it asks for, by its parameters' types (the first is its subject)."""

    rule: Rule
    function: CheckFunction
    subject: type[Any]
    parameters: tuple[type[Any], ...]


_REGISTRY: dict[str, list[Check]] = {}
_RULES: dict[str, Rule] = {}


def register_rule(rule: Rule) -> Rule:
    """Register a rule whose findings the engine itself makes (TL059, TL999)."""
    _RULES[rule.code] = rule
    return rule


def check(rule: Rule) -> Callable[[CheckFunction], CheckFunction]:
    """Register a generator of findings for a rule.

    Its first parameter is annotated with what it runs on: Program, Module (each root module), Optimizer, Loss,
    Schedule, Clipping, Loader, Loop, OptionSet, Document or SourceFile. Others may be Program and Options.
    """

    def register(function: CheckFunction) -> CheckFunction:
        hints = get_type_hints(function)
        types = tuple(hints[name] for name in inspect.signature(function).parameters)
        register_rule(rule)
        found = Check(rule, function, types[0], types)
        _REGISTRY.setdefault(rule.code, []).append(found)
        return function

    return register


def registered_rules() -> Mapping[str, Rule]:
    """All rules whose files were imported, by code."""
    return _RULES


def registered() -> Mapping[str, Sequence[Check]]:
    """All checks that were imported, by code."""
    return _REGISTRY


def report(rule: Rule, location: Location, message: str, related: Iterable[Place] = ()) -> Finding:
    """A finding of this rule at this place. The place itself is left out of `related`."""
    places: list[Place] = []
    for place in related:
        if place.location != location and place not in places:
            places.append(place)
    return Finding(rule.code, rule.name, rule.level, message, location, tuple(places))
