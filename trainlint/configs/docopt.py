"""docopt: options that are written down in the help text, with their defaults.

Source: https://github.com/docopt/docopt (README): `[default: ...]` in an option's description, two spaces behind its names.
An option has to be given where every pattern of the usage (one begins at each program name) has it outside of brackets.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Place
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("docopt")
LIBRARIES = [LIBRARY]

_DESCRIBED = re.compile(r"^[ \t]*(-\S.*(?:\n(?![ \t]*-)[ \t]*\S.*)*)", re.MULTILINE)
"""An option's description: from a line that begins with its name to the next one, or to an empty line."""
_DEFAULT = re.compile(r"\[default: (.*?)\]", re.IGNORECASE | re.DOTALL)
_USAGE = re.compile(r"^usage:(.*?)(?:\n[ \t]*\n|\Z)", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])(--[\w-]+)(=)?")


@LIBRARY.function("docopt.docopt")
def docopt(run: Interpreter, args: Args) -> Value:
    """`docopt(__doc__)`: a dictionary of what is not given on the command line; arguments and commands are not known."""
    doc = args.bind("doc").get("doc")
    if not isinstance(doc, Const) or not isinstance(doc.value, str):
        return Unknown("docopt()")
    usage = _USAGE.search(doc.value)
    pattern = usage.group(1) if usage is not None else ""
    values: dict[str, Value] = {
        name: Const(None if takes else False) for name, takes in _OPTION.findall(pattern)
    }
    for found in _DESCRIBED.finditer(doc.value):
        if usage is None or not usage.start() <= found.start() < usage.end():
            name, value = _described(doc, found.group(1), found.start(1))
            values[name] = value
    for name in _required(pattern):
        values[name] = Unknown(f"{name} has to be given")
    return DictValue.of(values, open=True)


def _described(doc: Const, text: str, start: int) -> tuple[str, Value]:
    names, _, about = text.partition("  ")
    parts = names.replace(",", " ").replace("=", " ").split()
    name = next((p for p in parts if p.startswith("--")), parts[0])
    if all(p.startswith("-") for p in parts):
        return name, Const(False)
    default = _DEFAULT.search(about)
    if default is None:
        return name, Const(None)
    at = start + len(text) - len(about) + default.start(1)
    return name, Const(default.group(1), _place(doc, at, name))


def _place(doc: Const, at: int, name: str) -> tuple[Place, ...]:
    """Where a default stands in the help text; a text of several lines is taken to be written as it reads."""
    if not doc.origin:
        return ()
    begin = doc.origin[0].location
    line = begin.line + str(doc.value).count("\n", 0, at)
    inside = begin.end_line >= line > begin.line
    return (
        Place(replace(begin, line=line, column=1, end_line=0, end_column=0), name)
        if inside
        else doc.origin[0],
    )


def _required(usage: str) -> set[str]:
    """Options that every pattern of the usage asks for: `prog [options]` asks for none, whatever `prog --resume PATH` needs."""
    program = usage.split(maxsplit=1)[:1]
    if not program:
        return set()
    patterns = re.split(rf"(?<!\S){re.escape(program[0])}(?!\S)", usage)[1:]
    return set.intersection(*({name for name, _ in _OPTION.findall(_without_optional(p))} for p in patterns))


def _without_optional(pattern: str) -> str:
    """A usage pattern without what stands in brackets."""
    kept, depth = [], 0
    for letter in pattern:
        depth += letter == "["
        if not depth:
            kept.append(letter)
        depth -= letter == "]" and depth > 0
    return "".join(kept)
