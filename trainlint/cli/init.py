"""`trainlint init`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from trainlint.baseline import FILE_NAME
from trainlint.cli.help import Manual
from trainlint.cli.keeping import THE_USUAL, save_baseline
from trainlint.cli.output import Failed
from trainlint.cli.repository import repository_root
from trainlint.settings import FILE_NAMES, Settings

HOOKS = ".pre-commit-config.yaml"
SETTINGS = """\
[tool.trainlint]
level = "warning"            # error, warning or advice: the mildest that is reported
# extend-exclude = ["third_party"]
"""
HOOK = """\
- repo: local
  hooks:
    - id: trainlint
      name: trainlint
      entry: trainlint check --changed
      language: python
      additional_dependencies: [trainlint-dl]   # or where you got it from; with [probe] for experiments
      types_or: [python, jupyter, yaml, toml, json]
      require_serial: true
"""


@click.command(
    cls=Manual,
    examples={
        "trainlint init": "ask for each file, then write it",
        "trainlint init --yes": "write settings, hook and (where anything is found) a baseline",
    },
)
@click.option("--yes", is_flag=True, help="Ask nothing: do all that init offers.")
def init(yes: bool) -> None:
    """Set up trainlint in this repository: settings, a pre-commit hook, and a baseline of what is found today.

    Settings go into pyproject.toml where there is one, else into trainlint.toml; the hook into
    .pre-commit-config.yaml. What is there already stays as it is.
    """
    root = repository_root(Path.cwd())
    _settings(root, yes)
    _hook(root, yes)
    _baseline(root, yes)


def _agreed(question: str, yes: bool) -> bool:
    if yes:
        return True
    return click.confirm(question, default=True, err=True)


def _settings(root: Path, yes: bool) -> None:
    """A `[tool.trainlint]` table, or a `trainlint.toml`."""
    pyproject = root / "pyproject.toml"
    taken = next((name for name in FILE_NAMES[:2] if (root / name).exists()), None)
    text = _read(pyproject) if pyproject.exists() else None
    if taken is None and text is not None and re.search(r"^\s*\[\s*tool\s*\.\s*trainlint\b", text, re.M):
        taken = "pyproject.toml"
    if taken is not None:
        click.echo(f"Settings are in {taken} already.")
    elif text is not None:
        if _agreed("Add [tool.trainlint] to pyproject.toml?", yes):
            gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
            _write(pyproject, text + gap + SETTINGS)
            click.echo("Added [tool.trainlint] to pyproject.toml.")
    elif _agreed("Write trainlint.toml?", yes):
        _write(root / "trainlint.toml", SETTINGS.replace("[tool.trainlint]\n", ""))
        click.echo("Wrote trainlint.toml.")


def _hook(root: Path, yes: bool) -> None:
    """The hook `trainlint`, before the other hooks."""
    path = root / HOOKS
    if not path.exists():
        if (root / ".git").exists() and _agreed(f"Write {HOOKS} with a trainlint hook?", yes):
            _write(path, "repos:\n" + _indented(HOOK, "  "))
            click.echo(f"Wrote {HOOKS}; `pre-commit install` switches it on.")
        return
    text = _read(path)
    if re.search(r"\bid:\s*['\"]?trainlint\b", text):
        click.echo(f"{HOOKS} has a trainlint hook already.")
        return
    place = re.search(
        r"^repos:[ \t]*(#.*)?\n(?P<between>(?:[ \t]*(?:#.*)?\n)*)(?P<indent>[ \t]*)- ", text, re.M
    )
    if place is None:
        click.echo(f"{HOOKS} has no list of repos that could be added to; the entry would be:\n\n{HOOK}")
    elif _agreed(f"Add a trainlint hook to {HOOKS}?", yes):
        at = place.start("indent")
        _write(path, text[:at] + _indented(HOOK, place["indent"]) + text[at:])
        click.echo(f"Added a trainlint hook to {HOOKS}.")


def _indented(text: str, by: str) -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


def _baseline(root: Path, yes: bool) -> None:
    """A baseline of what is found now, where anything is; and the setting that names it."""
    from trainlint.cli.inputs import read_settings
    from trainlint.engine import check_paths

    settings: Settings = read_settings([root], None, False)
    result = check_paths([root], Path.cwd(), settings)
    count = len(result.findings)
    if settings.baseline is not None:
        click.echo(f"A baseline is set already ({settings.baseline}).")
        return
    if not count:
        click.echo("Nothing was found today: no baseline is needed.")
        return
    noun = "finding" if count == 1 else "findings"
    if not _agreed(
        f"{count:,} {noun} today. Write them to {FILE_NAME}, so that only new ones are reported?", yes
    ):
        return
    save_baseline(result, settings, [root], os.path.relpath(root / FILE_NAME), THE_USUAL)
    _name_baseline(root)


def _name_baseline(root: Path) -> None:
    """`baseline = ...` in the settings, where init's own lines are."""
    for path in (root / name for name in FILE_NAMES):
        text = _read(path) if path.exists() else ""
        line = SETTINGS.splitlines(keepends=True)[1]
        if line in text:
            _write(path, text.replace(line, f'{line}baseline = "{FILE_NAME}"\n', 1))
            return
    click.echo(f'Add baseline = "{FILE_NAME}" to the settings.')


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{path.name}: cannot be read: {error}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Failed(f"{path.name}: cannot be written: {error.strerror or error}") from None
