"""Faults of files: damaged code and configs, numbers that are text, keys given twice, idle suppressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ..configs import Scalar, scalars
from ..lookup import RATE_KEYS, key_path, keyword, option_name
from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, Span

YAML = {".yaml", ".yml"}


@injects("TL000")
def damage_code(project: Project) -> Iterator[Mutation]:
    """The colon of a function or loop goes, in a module that others import where there is one."""
    files = sorted(project.python, key=lambda f: (f.path in project.entries, f.path))
    for file in files:
        for node in file.nodes:
            if isinstance(node, ast.FunctionDef | ast.For) and file.data[
                : file.range(node.body[0])[0]
            ].rstrip().endswith(b":"):
                end = len(file.data[: file.range(node.body[0])[0]].rstrip())
                edit = Edit(file.path, end - 1, end, "")
                yield Mutation("TL000", "colon deleted", (edit,), (Span(file.path),), parses=False)
                return


@injects("TL058")
def damage_config(project: Project) -> Iterator[Mutation]:
    for path, text in project.configs.items():
        suffix = Path(path).suffix
        if suffix in YAML:
            lines = text.splitlines(keepends=True)
            nested = next(i for i, line in enumerate(lines) if line.startswith(" "))
            at = len("".join(lines[:nested]).encode())
            how, edit = "tab as indentation", Edit(path, at, at + 1, "\t")
        elif suffix == ".json":
            at = len(text[: text.rindex("}")].encode())
            how, edit = "last brace missing", Edit(path, at, at + 1, "")
        else:
            at = len(text[: text.index("]")].encode())
            how, edit = "bracket missing", Edit(path, at, at + 1, "")
        yield Mutation("TL058", how, (edit,), (Span(path),), parses=False)


@injects("TL050")
def number_as_text(project: Project) -> Iterator[Mutation]:
    """A rate is written 1e-3 in YAML, or in quotes in JSON and TOML, and nothing converts it."""
    for scalar in scalars(project):
        if (
            scalar.keys[-1] not in RATE_KEYS | {"lr_g", "weight_decay"}
            or not 0 < (scalar.number or 0) < 1
            or converted(project, scalar.keys[-1])
        ):
            continue
        if Path(scalar.path).suffix in YAML:
            how, text = "1e-3 for PyYAML", exponent(scalar.number or 0.0)
        else:
            how, text = "number in quotes", f'"{scalar.raw}"'
        near = (Span(scalar.path, scalar.line, scalar.line),)
        yield Mutation("TL050", how, (scalar.set(text),), near)
        return


def exponent(number: float) -> str:
    """0.0015 as 15e-4: without a dot before the e, YAML 1.1 reads text."""
    digits = 0
    while round(number * 10**digits, 9) % 1:
        digits += 1
    return f"{round(number * 10**digits)}e-{digits}"


def converted(project: Project, key: str) -> bool:
    """Does the loader, float() or an option's type make a number of it later?"""
    wrapped = any(key in key_path(a) for f in project.python for c in f.calls("float") for a in c.args)
    typed = any(
        option_name(c) == key and isinstance(kind := keyword(c, "type"), ast.Name) and kind.id == "float"
        for f in project.python
        for c in f.calls("add_argument")
    )
    return wrapped or typed or project.mentions("OmegaConf")


@injects("TL051")
def duplicate_key(project: Project) -> Iterator[Mutation]:
    """A line of a YAML or JSON mapping stands twice, with another value."""
    for scalar in scalars(project):
        text = project.texts[scalar.path]
        line = text.splitlines(keepends=True)[scalar.line - 1]
        if scalar.number is None or Path(scalar.path).suffix == ".toml" or not _alone(scalar, line):
            continue
        at = len("".join(text.splitlines(keepends=True)[: scalar.line - 1]).encode())
        other = line.replace(scalar.raw, "7" if scalar.raw != "7" else "8")
        if not other.rstrip().endswith(",") and scalar.path.endswith(".json"):
            other = other.rstrip("\n") + ",\n"
        near = (Span(scalar.path, scalar.line - 1, scalar.line + 1),)
        yield Mutation("TL051", "key given twice", (Edit(scalar.path, at, at, other),), near)
        return


def _alone(scalar: Scalar, line: str) -> bool:
    bare = line.strip().rstrip(",").replace('"', "")
    return bare == f"{scalar.keys[-1]}: {scalar.raw}"


@injects("TL059")
def idle_suppression(project: Project) -> Iterator[Mutation]:
    for file in project.python:
        if (stmt := _plain_statement(file)) is not None:
            end = len(file.data[: file.line_start((stmt.end_lineno or 1) + 1)].rstrip(b"\n"))
            edit = Edit(file.path, end, end, "  # trainlint: ignore[TL601]")
            yield Mutation("TL059", "useless comment in code", (edit,), (file.span(stmt),))
            break
    for scalar in scalars(project):
        if Path(scalar.path).suffix in YAML and scalar.number is not None:
            text = project.texts[scalar.path].encode()
            end = text.index(b"\n", scalar.end)
            edit = Edit(scalar.path, end, end, "  # trainlint: ignore[TL401]")
            yield Mutation(
                "TL059", "useless comment in YAML", (edit,), (Span(scalar.path, scalar.line, scalar.line),)
            )
            break


def _plain_statement(file: PyFile) -> ast.stmt | None:
    """A statement with a call, on lines of its own and without a comment."""
    for node in file.nodes:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and "#" not in file.lines_of(node)
        ):
            return node
    return None
