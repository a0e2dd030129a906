"""Fingerprints: the same for a finding that moved, another for any other finding."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from trainlint.fingerprint import fingerprints
from trainlint.model import Finding, Level, Location

CODE = ["import torch", "", "model = Net()", "opt = SGD(lr=50)", "loss.backward()", "", "loss.backward()"]


def finding(line: int, code: str = "TL401", path: str = "train.py", cell: int | None = None) -> Finding:
    return Finding(code, "name", Level.ERROR, "message", Location(path, line, 1, line, 99, cell))


def lines(
    text: list[str], path: str = "train.py", cell: int | None = None
) -> dict[tuple[str, int | None, int], str]:
    return {(path, cell, number): line for number, line in enumerate(text, 1)}


@given(
    st.lists(st.sampled_from(["", "x = 1", "# a comment"]), max_size=30), st.integers(0, 4), st.text(" \t")
)
def test_lines_above_and_indentation_do_not_count(inserted: list[str], at: int, indent: str) -> None:
    found = [finding(5), finding(7), finding(4)]
    moved = CODE[:at] + inserted + CODE[at:]
    later = [finding(f.location.line + (len(inserted) if f.location.line > at else 0)) for f in found]
    shifted = {key: indent + text for key, text in lines(moved).items()}
    whole = [replace(f, location=replace(f.location, end_line=0, end_column=0)) for f in found]
    after = [replace(f, location=replace(f.location, end_line=0, end_column=0)) for f in later]
    assert fingerprints(whole, lines(CODE)) == fingerprints(after, shifted)


def test_a_comment_after_what_is_meant_does_not_count() -> None:
    place = Location("train.py", 4, 7, 4, 17)
    found = Finding("TL401", "name", Level.ERROR, "message", place)
    changed = [*CODE[:3], "opt = SGD(lr=50)  # why so much?", *CODE[4:]]
    assert fingerprints([found], lines(CODE)) == fingerprints([found], lines(changed))


def test_rule_file_text_and_number_count() -> None:
    found = [finding(4), finding(4, code="TL402"), finding(3), finding(5), finding(7)]
    marks = [*fingerprints(found, lines(CODE)), *fingerprints([finding(4, path="b.py")], lines(CODE, "b.py"))]
    assert len(set(marks)) == len(marks)


def test_the_order_in_which_findings_are_given_does_not_count() -> None:
    one, two = fingerprints([finding(5), finding(7)], lines(CODE))
    assert fingerprints([finding(7), finding(5)], lines(CODE)) == [two, one]


def test_cells_may_be_inserted_above() -> None:
    before = fingerprints([finding(1, path="a.ipynb", cell=2)], lines(["opt = SGD()"], "a.ipynb", 2))
    after = fingerprints([finding(1, path="a.ipynb", cell=5)], lines(["opt = SGD()"], "a.ipynb", 5))
    assert before == after


def test_a_path_can_be_told_from_elsewhere() -> None:
    found = [finding(4, path="sub/train.py")]
    inside = fingerprints([finding(4)], lines(CODE))
    assert fingerprints(found, lines(CODE, "sub/train.py"), lambda path: path.removeprefix("sub/")) == inside
