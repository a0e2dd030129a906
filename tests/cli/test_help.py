"""Help of every command, and what a shell completes."""

from __future__ import annotations

import re
import shlex
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from tests.cli.conftest import Trainlint
from trainlint.cli import COMMANDS, main

BUILT = [name for name, (module, _) in COMMANDS.items() if not module.endswith(".later")]


def command_of(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)  # type: ignore[attr-defined]
    assert isinstance(found, click.Command)
    return found


@pytest.mark.parametrize("name", BUILT)
def test_every_command_has_examples_that_it_would_take(trainlint: Trainlint, name: str) -> None:
    result = trainlint(name, "--help")
    assert result.exit_code == 0
    examples = result.stdout.split("\nExamples:\n")[1]
    lines = re.findall(r"^  (trainlint \S.*?)(?:  |$)", examples, re.M)
    assert lines
    for line in lines:
        words = shlex.split(line)
        command = command_of(words[1])
        context = command.make_context(words[1], words[2:], resilient_parsing=True)
        assert context.command is command


def test_the_options_of_check_stand_under_headings_each_once(trainlint: Trainlint) -> None:
    text = trainlint("check", "--help").stdout
    headings = re.findall(r"^(\w[\w ]+):$", text, re.M)
    assert headings[:2] == ["Rules", "Report"]
    for parameter in command_of("check").params:
        if isinstance(parameter, click.Option):
            option = max(parameter.opts, key=len)
            assert len(re.findall(rf"^  (?:-\w, )?{re.escape(option)}\b(?!-)", text, re.M)) == (
                not parameter.hidden
            ), option


def test_the_overview_shows_where_to_begin(trainlint: Trainlint) -> None:
    text = trainlint("--help").stdout
    assert "trainlint init " in text
    assert "`trainlint COMMAND --help`" in text


def completed(*words: str) -> list[Any]:
    *before, incomplete = words
    shell = ShellComplete(main, {}, "trainlint", "_TRAINLINT_COMPLETE")
    return [item.value for item in shell.get_completions(list(before), incomplete)]


def test_a_shell_completes_commands_options_and_rules() -> None:
    assert completed("ch") == ["check"]
    assert "--explain-silence" in completed("check", "--ex")
    assert completed("check", "--output-format", "s") == ["sarif"]
    assert completed("check", "--select", "TL401,TL60") == [
        "TL401,TL601",
        *completed("check", "--select", "TL401,TL60")[1:],
    ]
    assert completed("rule", "sigmoid-in") == ["sigmoid-in-hidden-layer"]
    assert completed("log", "--rule", "TL601") == ["TL601"]


def test_click_s_scripts_for_shells_are_there(trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TRAINLINT_COMPLETE", "zsh_source")
    from click.testing import CliRunner

    result = CliRunner().invoke(main, [], prog_name="trainlint")
    assert "#compdef trainlint" in result.stdout
