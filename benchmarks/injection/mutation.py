"""What an injector yields: edits that plant one fault, and where a finding may stand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from .project import Edit, Project, PyFile, Span, last_name

HEALTHY = "healthy"
"""The code of changes after which nothing may be found."""


class Route(StrEnum):
    """How far the planted place is from the script that is run."""

    HERE = "same file"
    OPTION = "option or field"
    CONFIG = "config file"
    ELSEWHERE = "other module"


@dataclass(frozen=True)
class Mutation:
    """One fault in one program.

    near: where a finding may stand; empty where anywhere in the program will do.
    family: the injector that made it.
    """

    code: str
    how: str
    edits: tuple[Edit, ...]
    near: tuple[Span, ...] = ()
    route: Route | None = None
    parses: bool = True
    family: str = ""


Injector = Callable[[Project], Iterator[Mutation]]
INJECTORS: dict[str, Injector] = {}


def injects(*codes: str) -> Callable[[Injector], Injector]:
    """Register an injector for the rules whose faults it plants."""

    def register(injector: Injector) -> Injector:
        for code in codes:
            INJECTORS[f"{code}:{injector.__name__}"] = injector
        return injector

    return register


def mutations(project: Project) -> list[Mutation]:
    """Every mutation of a program, with its route, in the order of the codes."""
    found: list[Mutation] = []
    for injector in dict.fromkeys(INJECTORS.values()):
        found += [replace(m, family=injector.__name__) for m in injector(project)]
    routed = [m if m.route else _routed(project, m) for m in found]
    return sorted(routed, key=lambda m: m.code)


def _routed(project: Project, mutation: Mutation) -> Mutation:
    paths = {e.path for e in mutation.edits}
    if any(p in project.configs for p in paths):
        route = Route.CONFIG
    elif any(_is_option(project.file(e.path), e) for e in mutation.edits):
        route = Route.OPTION
    elif paths & project.entries:
        route = Route.HERE
    else:
        route = Route.ELSEWHERE
    return replace(mutation, route=route)


def _is_option(file: PyFile, edit: Edit) -> bool:
    """Does the edit stand in an argument's default, a dataclass field or a dictionary of settings?"""
    for node in file.nodes:
        if (
            isinstance(node, ast.Call) and last_name(node.func) in {"add_argument", "SimpleNamespace", "dict"}
        ) or isinstance(node, ast.AnnAssign | ast.Dict):
            place = node
        else:
            continue
        start, end = file.range(place)
        if start <= edit.start and edit.end <= end:
            return True
    return False
