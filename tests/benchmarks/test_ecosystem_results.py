"""Summary, comparison of runs, excerpts and verdicts, on results made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from realcode import changes, excerpts, judgements, summary
from realcode.runs import Result, keep_as, load, save

SOURCE = "import torch\n\nlr = 3.0\noptimizer = SGD(lr=lr)\nlr = 3.0\n"


def finding(code: str, line: int, level: str = "error", **more: Any) -> dict[str, Any]:
    base = {
        "code": code,
        "name": "",
        "level": level,
        "message": f"{code} here",
        "path": "train.py",
        "line": line,
    }
    return {**base, "column": 1, "cell": None, "related": [], **more}


def result(
    *findings: dict[str, Any], name: str = "fakenet", seconds: float = 1.0, failure: str = ""
) -> Result:
    return Result(name, "1.0", 1, 0, 20_000, seconds, seconds, 50.0, failure, False, list(findings))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources" / "fakenet-1.0"
    folder.mkdir(parents=True)
    (folder / "train.py").write_text(SOURCE)
    return folder.parent


def test_the_summary_counts_and_does_not_depend_on_time(tmp_path: Path) -> None:
    found = [finding("TL401", 3), finding("TL401", 4), finding("TL001", 4, "warning")]
    one, two = (tmp_path / name for name in ("one.json", "two.json"))
    summary.write(summary.summarize([result(*found, seconds=1.0)]), one)
    summary.write(summary.summarize([result(*found, seconds=9.0)]), two)
    assert one.read_text() == two.read_text()
    document = summary.read(one)
    assert document["packages"]["fakenet"]["rules"] == {"TL001": {"warning": 1}, "TL401": {"error": 2}}
    assert document["total"]["errors_per_10000_lines"] == 1.0
    assert document["total"]["levels"] == {"error": 2, "warning": 1, "advice": 0}


def test_the_summary_is_compared_count_by_count() -> None:
    before = summary.summarize([result(finding("TL401", 3), finding("TL999", 1))])
    after = summary.summarize([result(finding("TL401", 3), finding("TL401", 4), failure="timeout after 9 s")])
    assert summary.compare(before, before) == []
    assert summary.compare(before, after) == [
        "fakenet: failure none -> timeout after 9 s",
        "fakenet: TL401 error 1 -> 2 (+1)",
        "fakenet: TL999 error 1 -> 0 (-1)",
    ]
    new = summary.summarize([result(name="other")])
    assert summary.compare(before, new) == ["other: not in the committed summary"]


def test_the_table_shows_failures_internal_errors_and_density() -> None:
    text = summary.table([result(finding("TL999", 1), finding("TL401", 3), failure="status 2: boom")])
    row = next(line for line in text.splitlines() if line.startswith("fakenet"))
    assert row.split()[:8] == ["fakenet", "1", "20000", "2", "0", "0", "1.00", "1"]
    assert "TL401=1 TL999=1" in row and row.endswith("FAILED")
    assert "FAILED fakenet: status 2: boom" in text
    assert "1.00 errors in 10,000 lines" in text


def test_results_are_kept_and_read_back(tmp_path: Path) -> None:
    kept = result(finding("TL401", 3), failure="status 2: x")
    save(kept, tmp_path / "current")
    assert load(tmp_path / "current") == [kept]
    keep_as(tmp_path / "current", tmp_path / "main")
    save(result(), tmp_path / "current")
    keep_as(tmp_path / "current", tmp_path / "main")
    assert load(tmp_path / "main") == [result()]


def test_changes_are_the_findings_that_one_run_has_more(sources: Path) -> None:
    before = result(finding("TL401", 3), finding("TL401", 4), finding("TL001", 1))
    after = result(finding("TL401", 3), finding("TL401", 3), finding("TL001", 1, "warning"))
    found = changes.between([before], [after], sources)
    assert [(each.sign, each.finding["code"], each.finding["line"]) for each in found] == [
        ("-", "TL401", 4),
        ("-", "TL001", 1),
        ("+", "TL401", 3),
        ("+", "TL001", 1),
    ]
    assert "> " in str(found[0]) and "optimizer = SGD(lr=lr)" in str(found[0])
    assert changes.between([before], [result(name="other")], sources) == []


def test_an_excerpt_marks_the_line_and_follows_origins(sources: Path) -> None:
    origin = {"path": "train.py", "line": 3, "cell": None, "message": "lr"}
    text = excerpts.describe(sources / "fakenet-1.0", finding("TL401", 4, related=[origin]))
    assert text.splitlines() == [
        "train.py:4: error TL401 TL401 here",
        "          3 | lr = 3.0",
        "    >     4 | optimizer = SGD(lr=lr)",
        "          5 | lr = 3.0",
        "      from train.py:3 lr | lr = 3.0",
    ]


def test_a_notebook_line_is_found_in_its_code_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# title\n"]},
        {"cell_type": "code", "source": ["import torch\n"]},
        {"cell_type": "code", "source": "lr = 1\nsgd = SGD(lr=lr)"},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    at = finding("TL401", 2, path="n.ipynb", cell=2)
    assert excerpts.line_at(tmp_path, at) == "sgd = SGD(lr=lr)"
    assert excerpts.place(at) == "n.ipynb:cell 2:2"
    assert excerpts.line_at(tmp_path, finding("TL401", 1, path="n.ipynb", cell=9)) == ""


def test_verdicts_belong_to_the_line_and_survive_a_move(sources: Path, tmp_path: Path) -> None:
    folder = sources / "fakenet-1.0"
    first, second = finding("TL401", 3), finding("TL401", 5)
    book = [
        judgements.judge(result(first), folder, first, "accept", "rate\tof 3"),
        judgements.judge(result(second), folder, second, "reject", "not used"),
    ]
    path = tmp_path / "judgements.tsv"
    judgements.write(path, book)
    read = judgements.read(path)
    assert [(each.line, each.verdict, each.why) for each in read] == [
        ("3", "accept", "rate of 3"),
        ("5", "reject", "not used"),
    ]
    (folder / "train.py").write_text("# a new line\n" + SOURCE)
    excerpts.lines_of.cache_clear()
    shelf = judgements.Book(read)
    moved = [shelf.verdict(result(), folder, finding("TL401", line)) for line in (4, 6)]
    assert [each and each.verdict for each in moved] == ["accept", "reject"]
    assert shelf.verdict(result(), folder, finding("TL402", 4)) is None
    assert shelf.verdict(result(), folder, finding("TL401", 5)) is None


def test_the_report_gives_shares_and_lists_what_nobody_judged(sources: Path) -> None:
    folder = sources / "fakenet-1.0"
    found = [
        finding("TL401", 3),
        finding("TL401", 4),
        finding("TL001", 1),
        finding("TL020", 1, "advice"),
        finding("TL999", 1),
    ]
    known = [
        judgements.judge(result(), folder, found[0], "accept", ""),
        judgements.judge(result(), folder, found[1], "unsure", ""),
        judgements.judge(result(), folder, finding("TL701", 1), "reject", ""),
    ]
    text, left = judgements.report([result(*found)], sources, known, ("error", "warning"))
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line}
    assert left == 1
    assert rows["TL401"] == ["1", "0", "1", "0", "50.0", "%"]
    assert rows["TL001"] == ["0", "0", "0", "1", "-"]
    assert rows["all"] == ["1", "0", "1", "1", "50.0", "%"]
    assert "TL020" not in text and "TL999" not in text
    assert "verdicts on findings no longer made: {'reject': 1}" in text
    assert "fakenet TL001 train.py:1" in text.partition("unjudged (1):")[2]


def test_wrong_judgement_files_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "judgements.tsv"
    path.write_text("package\n")
    with pytest.raises(judgements.JudgementError, match="first line"):
        judgements.read(path)
    head = "\t".join(judgements.COLUMNS)
    path.write_text(f"{head}\na\tb\n")
    with pytest.raises(judgements.JudgementError, match=r"judgements.tsv:2: 2 columns, not 8"):
        judgements.read(path)
    path.write_text(head + "\n" + "\t".join("abcdefgh") + "\n")
    with pytest.raises(judgements.JudgementError, match="verdict 'g'"):
        judgements.read(path)
