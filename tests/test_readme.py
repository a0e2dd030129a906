"""The README keeps its word: its output is real, and its commands are those that CI runs.

`python -m tests.test_readme` writes the outputs anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import yaml

from trainlint.checks import load_rules
from trainlint.cli import main
from trainlint.model import Level
from trainlint.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(
    r"(?P<head><!-- output: trainlint (?P<command>[^(]+?) \(in (?P<where>[\w/]+)\) -->\n```text\n)(?P<text>.*?)(?P<foot>```\n)",
    re.S,
)
COLUMNS = 110
"""Width of the terminal whose output the README shows."""


def output(arguments: list[str], where: Path) -> str:
    """What `trainlint` prints in a directory on a terminal without colour."""
    import trainlint.cli.formats as module

    stream, before, width = io.StringIO(), Path.cwd(), module.width_of_terminal
    module.width_of_terminal = lambda stream: COLUMNS  # type: ignore[assignment]
    os.chdir(where)
    try:
        with contextlib.redirect_stdout(stream), contextlib.suppress(SystemExit, click.exceptions.Exit):
            main(arguments, standalone_mode=False)
    finally:
        os.chdir(before)
        module.width_of_terminal = width
    return stream.getvalue()


RULES = re.compile(r"(?P<head><!-- generated: rules -->\n)(?P<text>.*?)(?P<foot><!-- end -->\n)", re.S)


def rules_table() -> str:
    """What trainlint finds, a row a section: the rules by name, each a link to its page; those of trainlint itself last."""
    sections: dict[str, list[str]] = {}
    for code, rule in sorted(load_rules().items()):
        level = "" if rule.level is Level.WARNING else f" ({rule.level.value})"
        sections.setdefault(rule.section, []).append(f"[{rule.name}](rules/{code}.md){level}")
    rows = [f"| {section} | {', '.join(names)} |" for section, names in sections.items()]
    return (
        "\n".join(["| section | rules (warnings, where nothing else is said) |", "|---|---|", *rows]) + "\n"
    )


def test_the_rules_are_listed_as_they_are() -> None:
    (found,) = RULES.finditer(README.read_text(encoding="utf-8"))
    assert found["text"] == rules_table(), "`python -m tests.test_readme` writes it anew"


def blocks() -> Iterator[re.Match[str]]:
    yield from BLOCK.finditer(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("block", list(blocks()), ids=lambda block: block["command"])
def test_output_is_what_trainlint_prints(block: re.Match[str]) -> None:
    assert output(shlex.split(block["command"]), ROOT / block["where"]) == block["text"]


def test_there_is_output() -> None:
    assert sum(len(block["text"].splitlines()) > 10 for block in blocks()) >= 1


def test_ci_runs_the_readme_s_test_command() -> None:
    found = re.search(r"grep -m 1 -E '(?P<pattern>[^']+)' README.md", (ROOT / ".ci" / "run").read_text())
    assert found
    commands = [line for line in README.read_text().splitlines() if re.search(found["pattern"], line)]
    assert len(commands) == 1
    assert 'pip install --quiet -e ".[dev]"' in commands[0]


def test_the_readme_and_the_examples_tell_the_same_errors() -> None:
    shared = re.findall(r"[\d,]{6,}(?= dollars)", README.read_text(encoding="utf-8"))
    there = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert len(shared) == 4
    assert all(number in there for number in shared)


def test_the_settings_shown_can_be_used(tmp_path: Path) -> None:
    (sample,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    (tmp_path / "pyproject.toml").write_text(sample, encoding="utf-8")
    settings = load_settings([tmp_path], tmp_path, load_rules())
    assert settings.ignore == ("TL804",)
    assert settings.rules == {"TL601": {"min-layers": 2}}


def test_the_hook_shown_exists() -> None:
    (sample,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    shown = {hook["id"] for repo in yaml.safe_load(sample)["repos"] for hook in repo["hooks"]}
    assert shown <= {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_links_lead_somewhere() -> None:
    for page in (README, ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def update(text: str, run: Callable[[list[str], Path], str] = output) -> str:
    """The README with its outputs as they are now."""

    def fresh(block: re.Match[str]) -> str:
        return block["head"] + run(shlex.split(block["command"]), ROOT / block["where"]) + block["foot"]

    text = RULES.sub(lambda found: found["head"] + rules_table() + found["foot"], text)
    return BLOCK.sub(fresh, text)


if __name__ == "__main__":
    README.write_text(update(README.read_text(encoding="utf-8")), encoding="utf-8")
