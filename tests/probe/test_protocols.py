"""Rule pages tell how the probe confirms a finding in the words of the experiment's own protocol."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.page_format import parse_page
from trainlint.checks import load_rules
from trainlint.model import Rule
from trainlint.probe.experiments import load_experiments, protocol
from trainlint.probe.statistics import MINIMUM_EFFECT

RULES = Path(__file__).resolve().parents[2] / "rules"
PARTS = ("Statistic", "Flagged", "Counterfactual", "Decision", "Threshold", "Cost")
EXPERIMENTS = load_experiments()


def parts_of(text: str) -> dict[str, str]:
    """The labelled paragraphs of a protocol, each as one line."""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    found = [re.match(r"(\w+): (.+)", p) for p in paragraphs]
    return {m[1]: m[2] for m in found if m is not None and m[1] in PARTS}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_protocol_says_what_is_measured_and_how_it_is_decided(name: str) -> None:
    text = protocol(EXPERIMENTS[name])
    assert text.startswith(f"{name}: "), "it begins with its name and question"
    assert tuple(parts_of(text)) == PARTS
    if "judge_paired" in EXPERIMENTS[name].judge.__code__.co_names:
        assert f"at least {MINIMUM_EFFECT:g} of the chance loss" in parts_of(text)["Decision"]


PROBED = [rule for rule in load_rules().values() if rule.probe in EXPERIMENTS]


@pytest.mark.parametrize("rule", PROBED, ids=lambda rule: rule.code)
def test_the_page_gives_statistic_and_decision_as_the_protocol_does(rule: Rule) -> None:
    page = parse_page(RULES / f"{rule.code}.md")
    section = " ".join(page.sections["How the probe confirms it"].split())
    assert rule.probe is not None
    assert f"`{rule.probe}`" in section
    parts = parts_of(protocol(EXPERIMENTS[rule.probe]))
    assert parts["Statistic"] in section
    assert parts["Decision"] in section
