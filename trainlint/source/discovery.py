"""Which files a run looks at: arguments, globs, and a walk that knows what to skip."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trainlint.model import Location
from trainlint.source.files import display_path
from trainlint.source.ignore import IgnoreStack, read_patterns
from trainlint.source.problem import Problem
from trainlint.source.relevance import is_config_like, is_relevant_toml

DEFAULT_EXCLUDE = (
    *(
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        ".venv",
        "venv",
        ".env",
        "env",
        "node_modules",
        "__pycache__",
        "build",
        "dist",
    ),
    *(".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs", "*.egg-info"),
    *("site-packages", "__pypackages__", ".ipynb_checkpoints", ".direnv", ".pixi", "_build", "buck-out"),
    *(".github", ".gitlab", ".circleci", ".vscode", ".idea", "wandb", "mlruns", ".cache"),
)

Kind = Literal["python", "notebook", "config"]
_KINDS: dict[str, Kind] = {
    ".py": "python",
    ".ipynb": "notebook",
    ".yaml": "config",
    ".yml": "config",
    ".json": "config",
    ".toml": "config",
}

# Configs of other tools, and data that model hubs and tokenizers keep as JSON.
_FOREIGN_CONFIG = re.compile(
    r"(?:package|package-lock|composer|bower|lerna|manifest|tsconfig.*|jsconfig.*|babel.*)\.json"
    r"|(?:renovate.*|\..*)\.json"
    r"|.*\.(?:schema|lock|index|geojson|map|min)\.json|.*[-_.]lock\.(?:json|ya?ml|toml)|.*\.lock"
    r"|(?:tokenizer|vocab|added_tokens|special_tokens_map|tokenizer_config|preprocessor_config"
    r"|generation_config|dataset_infos?|merges)\.json"
    r"|(?:pyproject|Cargo|Pipfile|poetry|netlify|rustfmt|clippy|ruff|trainlint|\..*)\.toml"
    r"|(?:docker-compose|compose|mkdocs|codecov|dependabot|environment|conda|meta|action|azure-pipelines.*"
    r"|mypy|openapi.*|swagger.*|Chart|Taskfile|_config|appveyor|cloudbuild|skaffold|pnpm-.*"
    r"|readthedocs|\..*)\.ya?ml",
    re.IGNORECASE,
)

MAX_CONFIG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """What to leave out and in; patterns are gitignore-style, relative to `base` (the working directory).

    `exclude` replaces DEFAULT_EXCLUDE; `include`, where given, is all that a walk takes.
    """

    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    respect_gitignore: bool = True
    base: Path | None = None


@dataclass(slots=True)
class Discovery:
    """The files to look at, sorted and each once, and the arguments that led nowhere."""

    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


_DEFAULT_OPTIONS = DiscoveryOptions()


def kind_of(path: Path) -> Kind | None:
    """What a file is taken for by its suffix; without any it is a Python script; None is nothing of ours."""
    return _KINDS.get(path.suffix.lower(), "python" if not path.suffix else None)


def discover(
    paths: Sequence[str | Path], options: DiscoveryOptions = _DEFAULT_OPTIONS, cwd: Path | None = None
) -> Discovery:
    """Find the files that arguments (files, directories, globs) stand for.

    A file named as an argument is always taken; a directory is walked without following links to directories;
    what does not exist, or is no file of ours, becomes a problem.
    """
    base = Path(os.path.abspath(cwd or Path.cwd()))
    return _Finder(options, base).run(paths)


def taken(path: Path, data: bytes, options: DiscoveryOptions, root: Path) -> bool:
    """Whether a walk over `root` would take a file of this path, if it had these contents."""
    return _Finder(options, root).takes(Path(os.path.abspath(path)), data, Path(os.path.abspath(root)))


class _Finder:
    def __init__(self, options: DiscoveryOptions, cwd: Path) -> None:
        self.cwd = cwd
        self.options = options
        self.base = Path(os.path.abspath(cwd / (options.base or cwd)))
        exclude = DEFAULT_EXCLUDE if options.exclude is None else options.exclude
        patterns = (*exclude, *options.extend_exclude)
        # Bare names are by far the most and the cheapest; only the rest goes through pathspec.
        self.names = {pattern for pattern in patterns if not re.search(r"[*?\[\]!/\\]", pattern)}
        self.globs = [pattern for pattern in patterns if re.fullmatch(r"[*?][^*?\[\]!/\\]*", pattern)]
        rest = [pattern for pattern in patterns if pattern not in self.names and pattern not in self.globs]
        self.excluded = read_patterns(rest)
        self.included = read_patterns(options.include)
        self.found: dict[str, Path] = {}
        self.problems: list[Problem] = []

    def run(self, paths: Sequence[str | Path]) -> Discovery:
        for argument in paths:
            try:
                self.take(os.fspath(argument))
            except ValueError:  # a NUL in the name
                self.complain(Path(repr(os.fspath(argument))), "is no valid path")
        return Discovery(sorted(self.found.values()), self.problems)

    def take(self, argument: str) -> None:
        path = Path(os.path.abspath(self.cwd / argument))
        if path.is_dir():
            for file in self.walk(path):
                self.add(file)
        elif path.is_file():
            if kind_of(path) is None:
                self.complain(
                    path, f"is no Python, notebook, YAML, JSON or TOML file ({path.suffix})", "unreadable"
                )
            else:
                self.add(path)
        elif path.exists():
            self.complain(path, "is no regular file", "unreadable")
        elif glob.has_magic(argument):
            self.take_glob(argument)
        else:
            self.complain(path, "does not exist")

    def take_glob(self, pattern: str) -> None:
        """Walk from the last directory before a wildcard: `glob` itself would follow links in circles."""
        parts = Path(os.path.normpath(pattern)).parts
        fixed = next(at for at, part in enumerate(parts) if glob.has_magic(part))
        top = Path(os.path.abspath(self.cwd.joinpath(*parts[:fixed])))
        spec = read_patterns(["/" + "/".join(parts[fixed:])])
        matches = [
            file
            for file in (self.walk(top) if top.is_dir() and spec is not None else ())
            if spec is not None and spec.match_file(file.relative_to(top).as_posix())
        ]
        for file in matches:
            self.add(file)
        if not matches:
            self.complain(self.cwd / pattern, "matches no file")

    def add(self, path: Path) -> None:
        self.found.setdefault(os.path.realpath(path), path)

    def complain(self, path: Path, reason: str, kind: Literal["missing", "unreadable"] = "missing") -> None:
        self.problems.append(Problem(Location(display_path(path, self.cwd), 1), reason, kind))

    def skips(self, name: str) -> bool:
        return name in self.names or any(fnmatch.fnmatchcase(name, pattern) for pattern in self.globs)

    def takes(self, path: Path, data: bytes, top: Path) -> bool:
        """Whether a walk from `top` comes by this file, and keeps it for what it holds."""
        if top not in path.parents or not self.wanted(path):
            return False
        stack = IgnoreStack.above(top) if self.options.respect_gitignore else None
        for part in (*reversed(path.relative_to(top).parents), path.relative_to(top)):
            place = top / part
            folder = place != path
            if place != top:
                if self.skips(place.name) or self.excludes(place, folder):
                    return False
                if stack is not None and stack.ignores(place, folder):
                    return False
                if folder and (place / "pyvenv.cfg").exists():
                    return False
            if folder and stack is not None:
                stack = stack.entering(place)
        return self.holds(path, data)

    def walk(self, top: Path) -> Iterator[Path]:
        stack = IgnoreStack.above(top) if self.options.respect_gitignore else None
        pending = [(top, stack)]
        while pending:
            directory, ignores = pending.pop()
            try:
                entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
            except OSError as error:
                self.complain(directory, f"cannot be listed: {error.strerror}", "unreadable")
                continue
            if directory != top and any(entry.name == "pyvenv.cfg" for entry in entries):
                continue  # a virtual environment, whatever its name
            if ignores is not None:
                ignores = ignores.entering(directory)
            for entry in entries:
                path = directory / entry.name
                folder = entry.is_dir(follow_symlinks=False)
                if self.skips(entry.name) or self.excludes(path, folder):
                    continue
                if not folder and not self.wanted(path):
                    continue
                if ignores is not None and ignores.ignores(path, folder):
                    continue
                if folder:
                    pending.append((path, ignores))
                elif entry.is_file() and self.fits(path):
                    yield path

    def excludes(self, path: Path, folder: bool) -> bool:
        return self.excluded is not None and self.excluded.match_file(self.relative(path, folder))

    def relative(self, path: Path, folder: bool) -> str:
        text = os.path.relpath(path, self.base).replace(os.sep, "/")
        return text + "/" if folder else text

    def wanted(self, path: Path) -> bool:
        """Whether a walk looks at a file of this name."""
        if path.suffix.lower() not in _KINDS:
            return False
        if self.included is not None:
            return self.included.match_file(self.relative(path, folder=False))
        return kind_of(path) != "config" or not _FOREIGN_CONFIG.fullmatch(path.name)

    def fits(self, path: Path) -> bool:
        """Whether a walk keeps a file for what it holds: a config must look like training settings."""
        if kind_of(path) != "config" or self.included is not None:
            return True
        try:
            if path.stat().st_size > MAX_CONFIG_BYTES:
                return False
            data = path.read_bytes()
        except OSError:
            return True  # reading it again says what is wrong
        return self.holds(path, data)

    def holds(self, path: Path, data: bytes) -> bool:
        """Whether these contents are worth a look."""
        if kind_of(path) != "config" or self.included is not None:
            return True
        if len(data) > MAX_CONFIG_BYTES:
            return False
        return is_relevant_toml(data) if path.suffix.lower() == ".toml" else is_config_like(data)
