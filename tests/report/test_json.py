"""JSON and JSONL: the keys that other programs read."""

from __future__ import annotations

import json

from trainlint.model import Applicability, Edit, Evidence, Finding, Fix, Level, Location, Place
from trainlint.report.json import json_report, json_statistics, jsonl_report

LINES = {("conf/a.yaml", None, 2): "  lr: 50.0\r"}
PLACE = Location("train.py", 3, 5, 4, 9)
FINDING = Finding(
    "TL401",
    "learning-rate-too-large",
    Level.ERROR,
    "A rate of 50 → NaN.",
    PLACE,
    (Place(Location("conf/a.yaml", 2, 7, 2, 11), "lr"), Place(Location("lib.py", 9, 1), "args.lr")),
)


def test_every_key_is_there_and_what_is_not_known_is_null() -> None:
    (found,) = json.loads(json_report([FINDING], LINES))
    assert found == {
        "code": "TL401",
        "name": "learning-rate-too-large",
        "level": "error",
        "message": "A rate of 50 → NaN.",
        "path": "train.py",
        "line": 3,
        "column": 5,
        "end_line": 4,
        "end_column": 9,
        "cell": None,
        "related": [
            {
                "path": "conf/a.yaml",
                "line": 2,
                "column": 7,
                "cell": None,
                "message": "lr",
                "code": "lr: 50.0",
            },
            {"path": "lib.py", "line": 9, "column": 1, "cell": None, "message": "args.lr", "code": None},
        ],
        "fix": None,
        "probe": None,
        "url": None,
    }


def test_a_fix_and_a_probe_s_evidence_are_objects() -> None:
    fix = Fix(Applicability.UNSAFE, "Lower it.", (Edit(Location("conf/a.yaml", 2, 7, 2, 11), "0.1"),))
    evidence = Evidence("confirmed", "loss", 9.5, 0.2, "on 5 seeds")
    finding = Finding("TL401", "n", Level.ERROR, "m", PLACE, fix=fix, probe=evidence)
    (found,) = json.loads(json_report([finding], {}))
    edit = {"path": "conf/a.yaml", "line": 2, "column": 7, "cell": None, "end_line": 2, "end_column": 11}
    assert found["fix"] == {
        "applicability": "unsafe",
        "message": "Lower it.",
        "edits": [{**edit, "replacement": "0.1"}],
    }
    assert found["probe"] == {
        "verdict": "confirmed",
        "statistic": "loss",
        "flagged": 9.5,
        "fixed": 0.2,
        "detail": "on 5 seeds",
        "experiment": None,
        "notes": [],
        "numbers": {},
        "seconds": None,
        "series": [],
    }


def test_a_place_without_an_end_says_null_not_zero() -> None:
    (found,) = json.loads(json_report([Finding("TL000", "n", Level.ERROR, "m", Location("a.py", 1))], {}))
    assert (found["end_line"], found["end_column"]) == (None, None)


def test_nothing_found_is_an_empty_array_and_no_lines() -> None:
    assert json_report([], {}) == "[]\n"
    assert jsonl_report([], {}) == ""


def test_jsonl_is_one_object_a_line_whatever_the_message_holds() -> None:
    odd = Finding("TL000", "n", Level.ERROR, "two\nlines \u2028 and \udc80", Location("a.py", 1))
    lines = jsonl_report([FINDING, odd], LINES).splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["TL401", "TL000"]
    assert all(line.isascii() for line in lines)  # any terminal or pipe can carry it


def test_statistics_are_counts_by_rule() -> None:
    counted = {"code": "TL401", "name": "learning-rate-too-large", "level": "error", "count": 2}
    assert json.loads(json_statistics([FINDING, FINDING], by_line=False)) == [counted]
    assert json.loads(json_statistics([FINDING, FINDING], by_line=True)) == counted
