"""A command line as the user writes it, `python train.py --epochs 1`, taken apart."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

_PYTHON = re.compile(r"^(python|pypy)[0-9.]*(\.exe)?$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_WITH_VALUE = {"-W", "-X", "--check-hash-based-pycs"}
_LAUNCHERS = {"torchrun", "accelerate", "deepspeed", "mpirun", "srun", "horovodrun"}


class BadCommand(Exception):  # noqa: N818 - a matter of usage
    """The command is none that can be run; the text says why and what to write."""


@dataclass(frozen=True)
class Command:
    """A Python program. interpreter: absolute path. kind: script, module or code; target: which one. arguments: after it.

    flags: of the interpreter. environment: `NAME=value` in front of the command.
    """

    interpreter: str
    kind: str
    target: str
    arguments: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def entry(self, cwd: Path) -> Path | None:
        """The file that runs first; None where that is no file below the working directory or given by its path."""
        if self.kind == "script":
            return cwd / self.target
        if self.kind == "module":
            base = cwd.joinpath(*self.target.split("."))
            for path in (base.with_suffix(".py"), base / "__main__.py"):
                if path.is_file():
                    return path
        return None


def parse_command(text: str, cwd: Path, python: str) -> Command:
    """Take a command apart. python: the interpreter for scripts that are given without one.

    Raises:
        BadCommand: it starts no Python program, or one that cannot be watched.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadCommand(f"{text!r} is no command: {error}") from None
    environment = {}
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if not words:
        raise BadCommand("no program is named; write it as in --run 'python train.py --epochs 1'")
    first = words[0]
    name = os.path.basename(first)
    if _PYTHON.match(name):
        return _python(_interpreter(first, cwd, python), words[1:], cwd, environment)
    if name in _LAUNCHERS:
        raise BadCommand(
            f"{name} starts several processes; give the command of one: python train.py (with RANK=0 WORLD_SIZE=1)"
        )
    if first.endswith(".py"):
        return _script(python, first, words[1:], cwd, environment)
    return _console_script(first, words[1:], cwd, environment)


def _interpreter(word: str, cwd: Path, python: str) -> str:
    if os.sep in word:
        path = str((cwd / word).absolute())  # a link's target would lose its virtual environment
        if not os.access(path, os.X_OK):
            raise BadCommand(f"{word}: no such interpreter")
        return path
    return shutil.which(word) or python


def _python(python: str, words: list[str], cwd: Path, environment: dict[str, str]) -> Command:
    flags: list[str] = []
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in ("-m", "-c"):
            if not words:
                raise BadCommand(f"python {word} lacks its argument")
            kind = "module" if word == "-m" else "code"
            return Command(python, kind, words[0], tuple(words[1:]), tuple(flags), environment)
        if word == "-":
            raise BadCommand("a program from standard input cannot be run; give its file")
        flags.append(word)
        if word in _WITH_VALUE and words:
            flags.append(words.pop(0))
    if not words:
        raise BadCommand("python is given no program")
    return _script(python, words[0], words[1:], cwd, environment, tuple(flags))


def _script(
    python: str,
    script: str,
    arguments: list[str],
    cwd: Path,
    environment: dict[str, str],
    flags: tuple[str, ...] = (),
) -> Command:
    path = cwd / script
    if not path.exists():
        raise BadCommand(f"{script}: no such file")
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise BadCommand(f"{script}: a directory without __main__.py")
    return Command(python, "script", script, tuple(arguments), flags, environment)


def _console_script(word: str, arguments: list[str], cwd: Path, environment: dict[str, str]) -> Command:
    """A command that an installed package provides: a Python script whose first line names its interpreter."""
    found = shutil.which(word, path=None if os.sep not in word else str(cwd)) or shutil.which(word)
    if found is None:
        raise BadCommand(f"{word}: no such program")
    with open(found, "rb") as file:
        first = file.readline(500).decode("utf-8", "replace").strip()
    match = re.match(r"^#!\s*(\S*/env\s+)?(\S+)", first)
    if match is None or not _PYTHON.match(os.path.basename(match[2])):
        raise BadCommand(f"{word} is no Python program; give the command that starts Python")
    python = match[2] if os.sep in match[2] else shutil.which(match[2])
    if python is None or not os.access(python, os.X_OK):
        raise BadCommand(f"{word}: its interpreter {match[2]} does not exist")
    return Command(python, "script", found, tuple(arguments), (), environment)
