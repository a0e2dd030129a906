"""`trainlint rule`: a page, the list, and help with a misspelt code."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Trainlint


def test_a_page_by_code_in_a_pipe_is_its_markdown(trainlint: Trainlint) -> None:
    result = trainlint("rule", "TL601")
    assert result.exit_code == 0
    assert result.stdout.startswith("# TL601 sigmoid-in-hidden-layer\n")
    assert "## When to ignore it" in result.stdout


@pytest.mark.parametrize("word", ["tl601", "sigmoid-in-hidden-layer"])
def test_a_page_by_name_or_in_small_letters(trainlint: Trainlint, word: str) -> None:
    assert trainlint("rule", word).stdout.startswith("# TL601 ")


def test_a_page_in_colour_is_rendered(trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = trainlint("rule", "TL601")
    assert "sigmoid-in-hidden-layer" in result.stdout
    assert "## When to ignore it" not in result.stdout
    assert "\x1b[" in result.stdout


@pytest.mark.parametrize(
    ("word", "meant"), [("T601", "TL601"), ("sigmoid-in-hiden-layers", "sigmoid-in-hidden-layer")]
)
def test_a_misspelt_rule_is_status_2_with_a_suggestion(trainlint: Trainlint, word: str, meant: str) -> None:
    result = trainlint("rule", word)
    assert result.exit_code == 2
    assert f"Did you mean {meant}?" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "--all"]])
def test_the_list_has_a_line_for_each_rule(trainlint: Trainlint, arguments: list[str]) -> None:
    lines = trainlint(*arguments).stdout.splitlines()
    assert len(lines) >= 31
    assert [line for line in lines if line.startswith("TL601 sigmoid-in-hidden-layer ")]
    assert lines == sorted(lines)


def test_json_holds_metadata_options_and_page(trainlint: Trainlint) -> None:
    found = json.loads(trainlint("rule", "TL601", "--output-format", "json").stdout)
    assert (found["code"], found["name"], found["level"]) == ("TL601", "sigmoid-in-hidden-layer", "warning")
    assert found["options"]["min-layers"]["default"] == 1
    assert found["page"].startswith("# TL601")


def test_json_of_all_rules_is_an_array(trainlint: Trainlint) -> None:
    found = json.loads(trainlint("rule", "--all", "--output-format", "json").stdout)
    assert {"TL001", "TL601", "TL804", "TL999"} <= {rule["code"] for rule in found}
    assert all(rule["level"] for rule in found)
