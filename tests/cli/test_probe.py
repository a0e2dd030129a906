"""`check --probe` and `trainlint probe` show verdicts; without them no worker is started and nothing of it imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Trainlint
from trainlint.model import Evidence, Finding, Series
from trainlint.probe import session

CURVES = Series("loss", "Loss", (0.0, 1.0, 2.0), ((2.3, 2.3, float("inf")),), ((2.3, 1.0, 0.5),))
CONFIRMED = Evidence(
    "confirmed", "ratio", 3.14159e-6, 0.4, "gradient at the first layer is 3e-6 of the last one's", "gradient-flow",
    {"ratio_flagged": 3.14159e-6, "loss": [2.3, float("nan")]}, (CURVES,), ("input 3x32x32 assumed",),
)  # fmt: skip
HARMLESS = Evidence("not reproduced", "ratio", 0.5, 0.5, "both train alike", "gradient-flow")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Evidence]]:
    """Verdicts for the findings in their order, in the place of a worker."""
    answers: list[Evidence] = []

    def run(
        self: object, findings: Sequence[Finding], plans: object, progress: object = None
    ) -> list[Finding]:
        given = iter(answers)
        return [replace(finding, probe=next(given, None)) for finding in findings]

    monkeypatch.setattr(session.Session, "run", run)
    yield answers


def test_check_shows_one_line_of_numbers_under_a_finding(
    trainlint: Trainlint, measured: list[Evidence]
) -> None:
    measured += [CONFIRMED]
    result = trainlint("check", "flawed.py", "--probe")
    assert result.exit_code == 1
    assert "= probe: confirmed: gradient at the first layer is 3e-6 of the last one's\n" in result.output
    assert "assumed" not in result.output


def test_what_was_not_reproduced_is_shown_one_level_milder_and_does_not_fail_the_run(
    trainlint: Trainlint, measured: list[Evidence]
) -> None:
    measured += [HARMLESS, HARMLESS]
    result = trainlint("check", "flawed.py", "--probe")
    assert result.exit_code == 0
    assert "TL601 sigmoid-in-hidden-layer advice" in result.output
    assert "not reproduced: both train alike" in result.output


def test_levels_stay_where_that_is_asked_for(trainlint: Trainlint, measured: list[Evidence]) -> None:
    measured += [HARMLESS, HARMLESS]
    result = trainlint("check", "flawed.py", "--probe", "--keep-not-reproduced")
    assert result.exit_code == 1
    assert "TL601 sigmoid-in-hidden-layer warning" in result.output


def test_json_has_every_number_and_null_for_what_is_not_finite(
    trainlint: Trainlint, measured: list[Evidence]
) -> None:
    measured += [CONFIRMED]
    first = json.loads(trainlint("check", "flawed.py", "--probe", "--output-format", "json").output)[0][
        "probe"
    ]
    assert list(first)[:5] == ["verdict", "statistic", "flagged", "fixed", "detail"]
    assert first["flagged"] == 3.142e-06
    assert first["numbers"] == {"ratio_flagged": 3.142e-06, "loss": [2.3, None]}
    assert first["series"][0]["flagged"] == [[2.3, 2.3, None]]


def test_probe_shows_only_what_an_experiment_is_for_and_what_was_assumed(
    trainlint: Trainlint, measured: list[Evidence]
) -> None:
    measured += [CONFIRMED]
    result = trainlint("probe", "flawed.py")
    assert result.exit_code == 1
    assert result.output.count("TL601") == 1
    assert "= built: input 3x32x32 assumed" in result.output
    assert "Probed: 1 confirmed" in result.output
    assert "1 finding without an experiment (`trainlint check` shows it)" in result.output


def test_probe_of_a_clean_file_says_so(trainlint: Trainlint, measured: list[Evidence]) -> None:
    result = trainlint("probe", "clean.py")
    assert result.exit_code == 0
    assert result.output == "Nothing was found that an experiment could confirm.\n"


def test_a_page_with_plots_is_written(trainlint: Trainlint, measured: list[Evidence], project: Path) -> None:
    measured += [CONFIRMED]
    trainlint("probe", "flawed.py", "--html", "report.html")
    page = (project / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "gradient at the first layer is 3e-6 of the last one&#x27;s" in page


@pytest.mark.parametrize("command", [["check", "--probe"], ["probe"], ["probe", "--overfit"]])
def test_without_torch_one_sentence_says_what_to_install(
    trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = trainlint(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'Error: experiments need torch: pip install "trainlint-dl[probe]"\n'


def test_a_budget_of_nothing_is_refused(trainlint: Trainlint) -> None:
    result = trainlint("check", "flawed.py", "--probe", "--probe-budget", "0")
    assert result.exit_code == 2


WITHOUT = """
import sys, subprocess
subprocess.Popen = None  # whoever starts a process fails
from trainlint.cli import main
try:
    main(["check", "flawed.py"])
except SystemExit as end:
    assert end.code == 1, end.code
loaded = [name for name in sys.modules if name.startswith(("trainlint.probe", "torch"))]
assert not loaded, loaded
"""


def test_check_without_probe_imports_nothing_of_it_and_starts_no_process(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
