"""The projects in examples/: everything planted is found with its origin, the mended twin is clean, both train."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from trainlint.cli import main

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
FLAWED, FIXED = "house_prices", "house_prices_fixed"
PLANTED_ROW = re.compile(
    r"^\| `(?P<place>[\w./]+:\d+)` \| (?P<code>TL\d{3}) \| (?:`(?P<origin>[\w./]+:\d+)`)? ?\|", re.M
)
RMSE_ROW = re.compile(r"^\| `(?P<script>\w+\.py)` \| (?P<flawed>[\d,]+) \| (?P<fixed>[\d,]+) \|", re.M)
SCRIPTS = ("train.py", "train_deep.py")
TRAINING_NEEDS = ("torch", "numpy", "yaml")
MISSING = [name for name in TRAINING_NEEDS if importlib.util.find_spec(name) is None]


class Planted(NamedTuple):
    """A row of the README's table: places are `path:line` below examples/house_prices."""

    place: str
    code: str
    origin: str | None


def readme() -> str:
    return (EXAMPLES / "README.md").read_text(encoding="utf-8")


def planted() -> list[Planted]:
    return [Planted(m["place"], m["code"], m["origin"]) for m in PLANTED_ROW.finditer(readme())]


def check(path: Path, level: str = "warning") -> list[dict[str, Any]]:
    """The findings of `trainlint check` as JSON; paths are relative to the repository's root."""
    arguments = [
        "check",
        str(path.relative_to(ROOT)),
        "--level",
        level,
        "--output-format",
        "json",
        "--no-cache",
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 1), result.output
    findings: list[dict[str, Any]] = json.loads(result.stdout)
    return findings


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def place(entry: dict[str, Any]) -> str:
    return f"{entry['path'].removeprefix(f'examples/{FLAWED}/')}:{entry['line']}"


def test_the_table_names_faults_from_yaml_argparse_and_other_modules() -> None:
    origins = {row.origin.split(":")[0] for row in planted() if row.origin}
    assert {"conf/price.yaml", "train.py", "data.py"} <= origins


def test_everything_planted_is_found_and_nothing_else() -> None:
    found = sorted((place(f), f["code"]) for f in check(EXAMPLES))
    assert found == sorted((row.place, row.code) for row in planted())


def test_each_finding_shows_where_its_value_comes_from() -> None:
    chains = {(place(f), f["code"]): [place(r) for r in f["related"]] for f in check(EXAMPLES / FLAWED)}
    without = [
        row for row in planted() if row.origin and row.origin not in chains.get((row.place, row.code), [])
    ]
    assert not without


def test_the_mended_twin_is_clean_even_of_advice() -> None:
    assert check(EXAMPLES / FIXED, level="advice") == []


def validation_rmse(project: str, script: str) -> float:
    """Train for real, in the project's directory and with one thread; the RMSE in dollars that the script prints."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, script],
        cwd=EXAMPLES / project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    match = re.search(r"^validation RMSE: (\d+) dollars$", run.stdout, re.M)
    assert match, run.stdout
    return float(match[1])


@pytest.mark.torch
@pytest.mark.skipif(bool(MISSING), reason=f"training needs {', '.join(MISSING)}, not installed here")
@pytest.mark.parametrize("script", SCRIPTS)
def test_both_projects_train_and_the_mended_one_learns_more(script: str) -> None:
    reported = {m["script"]: m for m in RMSE_ROW.finditer(readme())}[script]
    flawed, fixed = validation_rmse(FLAWED, script), validation_rmse(FIXED, script)
    assert flawed > 2 * fixed
    assert flawed == pytest.approx(float(reported["flawed"].replace(",", "")), rel=0.3)
    assert fixed == pytest.approx(float(reported["fixed"].replace(",", "")), rel=0.3)
