"""The text report: what a person sees of a finding, and of a run as a whole."""

from __future__ import annotations

import io
import re

from trainlint.model import Applicability, Finding, Fix, Level, Location, Place
from trainlint.report.styled import coloured, plain
from trainlint.report.summary import Summary, summary_lines
from trainlint.report.text import finding_lines, statistics_lines, text_report

LINES = {
    ("conf/price.yaml", None, 9): "  lr: 0.05",
    ("train.py", None, 130): "    optimizer = torch.optim.Adam(",
    ("tune.ipynb", 4, 5): "h = torch.sigmoid(h)",
}
RATE = Finding(
    "TL701",
    "large-rate-without-clipping",
    Level.WARNING,
    "Adam at 0.05 without clipping: one bad batch throws the weights far away.\nClip the gradients' norm at 1.0.",
    Location("train.py", 130, 17, 134, 6),
    (Place(Location("conf/price.yaml", 9, 7, 9, 11), "optim.lr"), Place(Location("train.py", 131, 12), "lr")),
)
CELL = Finding(
    "TL601", "sigmoid-in-hidden-layer", Level.ERROR, "A sigmoid.", Location("tune.ipynb", 5, 5, 5, 18, cell=4)
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(finding: Finding, width: int | None = None) -> list[str]:
    return plain(finding_lines(finding, LINES, width)).splitlines()


def test_a_finding_shows_place_message_source_origin_and_chain() -> None:
    assert shown(RATE) == [
        "train.py:130:17 TL701 large-rate-without-clipping warning",
        "  Adam at 0.05 without clipping: one bad batch throws the weights far away.",
        "  Clip the gradients' norm at 1.0.",
        " 130 |     optimizer = torch.optim.Adam(",
        "     |                 ^^^^^^^^^^^^^^^^^",
        "    ::: conf/price.yaml:9",
        "   9 |   lr: 0.05",
        "     |       ^^^^",
        "     = trace: conf/price.yaml:9 optim.lr -> train.py:131 lr -> train.py:130",
    ]


def test_a_notebook_s_finding_names_its_cell() -> None:
    assert shown(CELL) == [
        "tune.ipynb:cell 4:5:5 TL601 sigmoid-in-hidden-layer error",
        "  A sigmoid.",
        " 5 | h = torch.sigmoid(h)",
        "   |     ^^^^^^^^^^^^^",
    ]


def test_a_place_whose_source_is_not_there_has_no_excerpt() -> None:
    finding = Finding("TL058", "config-unreadable", Level.ERROR, "Cannot be read.", Location("gone.yaml", 1))
    assert shown(finding) == ["gone.yaml:1:1 TL058 config-unreadable error", "  Cannot be read."]


def test_a_narrow_terminal_gets_wrapped_messages_and_chains() -> None:
    lines = shown(RATE, 50)
    assert max(map(len, lines[1:])) <= 50
    assert " ".join(" ".join(lines[1:4]).split()) == (
        "Adam at 0.05 without clipping: one bad batch throws the weights far away."
        " Clip the gradients' norm at 1.0."
    )
    assert lines[-2].endswith("->")
    assert lines[-1].strip() == "train.py:131 lr -> train.py:130"


def test_stations_in_one_line_are_one_with_the_last_name() -> None:
    related = tuple(
        Place(Location("a.py", line, 9), label) for line, label in ((3, ""), (3, "--lr"), (7, "args.lr"))
    )
    finding = Finding("TL401", "x", Level.ERROR, "m", Location("a.py", 7, 2), related)
    assert shown(finding)[-1] == "   = trace: a.py:3 --lr -> a.py:7 args.lr"


def test_a_finding_at_its_only_station_has_no_trace() -> None:
    finding = Finding(
        "TL614", "x", Level.ERROR, "m", Location("a.py", 7, 2), (Place(Location("a.py", 7, 9)),)
    )
    assert shown(finding) == ["a.py:7:2 TL614 x error", "  m"]


def test_a_fix_is_announced_with_its_applicability() -> None:
    fix = Fix(Applicability.SAFE, "Remove the softmax.")
    finding = Finding("TL201", "x", Level.ERROR, "Twice.", Location("train.py", 130, 17), fix=fix)
    assert shown(finding)[-1] == "     = fix: Remove the softmax. (safe)"


def test_underlines_stand_below_tabs_and_wide_characters() -> None:
    lines = {("a.py", None, 1): "\t损失 = softmax(x)"}
    finding = Finding("TL201", "x", Level.ERROR, "m", Location("a.py", 1, 7, 1, 14))
    source, marks = plain(finding_lines(finding, lines)).splitlines()[2:]
    assert source == " 1 |     损失 = softmax(x)"
    assert marks == "   |            ^^^^^^^"  # two characters take four columns


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    text = "x = [" + "1, " * 400 + "BAD, " + "2, " * 400 + "]"
    column = text.index("BAD") + 1
    finding = Finding("TL201", "x", Level.ERROR, "m", Location("a.py", 1, column, 1, column + 3))
    source, marks = plain(finding_lines(finding, {("a.py", None, 1): text}, 80)).splitlines()[2:]
    assert len(source) <= 80
    assert source[marks.index("^") :].startswith("BAD")
    assert marks.count("^") == 3


def test_control_characters_of_a_linted_file_never_reach_the_terminal() -> None:
    lines = {("a.py", None, 1): "x = '\x1b[2J\x07'"}
    finding = Finding("TL601", "x", Level.ERROR, "has \x1b[31m in it", Location("a.py", 1, 5, 1, 9))
    text = plain(finding_lines(finding, lines))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b[2J" in text


def test_colour_changes_no_letter() -> None:
    stream = io.StringIO()
    report = list(text_report([RATE, CELL], Summary({Level.ERROR: 1, Level.WARNING: 1}), LINES, 100))
    coloured(report, stream)
    assert "\x1b[" in stream.getvalue()
    assert ANSI.sub("", stream.getvalue()) == plain(report)


def test_markup_in_a_source_line_is_left_alone() -> None:
    stream = io.StringIO()
    lines = {("a.py", None, 1): "x = y[red] + z[/red] # :smile:"}
    finding = Finding("TL601", "x", Level.ERROR, "m", Location("a.py", 1, 5, 1, 6))
    coloured(finding_lines(finding, lines), stream)
    assert "x = y[red] + z[/red] # :smile:" in ANSI.sub("", stream.getvalue())


def test_the_summary_counts_findings_and_what_was_understood() -> None:
    summary = Summary(
        found={Level.ERROR: 1, Level.WARNING: 2},
        hidden={Level.ADVICE: 3},
        suppressed=4,
        files=6,
        skipped=5,
        programs=2,
        configs=1,
        gaps=7,
        incomplete=("a.py", "b.py", "c.py", "d.py"),
    )
    assert plain(summary_lines(summary)).splitlines() == [
        "1 error, 2 warnings, 3 advice hidden (--level advice shows), 4 suppressed",
        "Understood 2 programs in 6 files and 1 config; 5 without training code skipped.",
        "Not understood: 7 values and calls (`trainlint facts` lists them); "
        "the rest of a.py, b.py, c.py and 1 more.",
    ]


def test_a_run_that_found_no_training_code_says_so() -> None:
    assert plain(summary_lines(Summary(skipped=3))).splitlines() == [
        "0 errors, 0 warnings",
        "Nothing to check: 3 files without training code.",
    ]


def test_statistics_count_by_rule_the_most_frequent_first() -> None:
    assert plain(statistics_lines([RATE, CELL, CELL])).splitlines() == [
        "2 TL601 sigmoid-in-hidden-layer error",
        "1 TL701 large-rate-without-clipping warning",
    ]
