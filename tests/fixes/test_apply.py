"""Applying fixes: until nothing changes, one place at a time, everything else byte for byte."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixes.conftest import Mend, text_of
from trainlint.fixes.apply import edited, one_pass
from trainlint.fixes.rules.config_number_is_text import as_number
from trainlint.fixes.text import overlap, replaced, spans
from trainlint.fixes.writing import replace_file
from trainlint.model import Applicability, Edit, Finding, Fix, Level, Location

LOOP = """\
# coding: {encoding}
import torch  # größe
from torch import nn

model = nn.Linear(8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for x in range(100):
\tloss = model(torch.randn(4, 8)).pow(2).mean()\x20\x20
\tloss.backward()
\toptimizer.step()"""


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encoding_line_ends_and_odd_spaces_stay(mend: Mend, encoding: str, newline: str) -> None:
    name = encoding.removesuffix("-sig")
    data = LOOP.format(encoding=name).replace("\n", newline).encode(encoding)
    fixed = mend({"train.py": data})
    (result,) = fixed.after.values()
    inserted = f"\toptimizer.zero_grad(){newline}".encode()
    assert result == data.replace(b"\tloss.backward()", inserted + b"\tloss.backward()")


def test_fixes_are_made_until_nothing_changes(mend: Mend) -> None:
    body = LOOP.format(encoding="utf-8") + "\n\tnn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
    fixed = mend({"train.py": body})
    assert {f.code for f in fixed.applied} >= {"TL001"}
    text = text_of(fixed, "train.py")
    assert mend({"train.py": text}).after == {}


def test_a_file_with_a_syntax_error_elsewhere_is_mended_only_if_nothing_else_breaks(mend: Mend) -> None:
    text = LOOP.format(encoding="utf-8") + "\n\ndef broken(:\n    pass\n"
    fixed = mend({"train.py": text})
    assert any(f.code == "TL000" for f in fixed.result.findings)
    for data in fixed.after.values():
        assert data.decode() == text.replace(
            "\tloss.backward()", "\toptimizer.zero_grad()\n\tloss.backward()"
        )


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Größe\n"]},
        {
            "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
            "source": ["%matplotlib inline\n", "import torch\n", "model = torch.nn.Linear(8, 2)\n", "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)"],
        },
        {
            "cell_type": "code", "execution_count": 7, "metadata": {"tags": []}, "outputs": [],
            "source": ["for x in range(100):\n", "    loss = model(torch.randn(4, 8)).pow(2).mean()  # \u00e9\n", "    loss.backward()\n", "    optimizer.step()"],
        },
    ],
    "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("joined", [True, False])
def test_a_notebook_keeps_its_form(mend: Mend, indent: int | None, ascii_only: bool, joined: bool) -> None:
    notebook = json.loads(json.dumps(NOTEBOOK))
    if joined:
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
    text = json.dumps(notebook, indent=indent, ensure_ascii=ascii_only) + "\n"
    fixed = mend({"train.ipynb": text})
    cell = notebook["cells"][2]
    if joined:
        cell["source"] = cell["source"].replace("    loss.back", "    optimizer.zero_grad()\n    loss.back")
    else:
        cell["source"].insert(2, "    optimizer.zero_grad()\n")
    assert (
        text_of(fixed, "train.ipynb") == json.dumps(notebook, indent=indent, ensure_ascii=ascii_only) + "\n"
    )


# -- pieces


def _edit(line: int, column: int, end: int, text: str) -> Edit:
    return Edit(Location("a.yaml", line, column, line, end), text)


def _finding(*edits: Edit) -> Finding:
    fix = Fix(Applicability.SAFE, "", edits)
    return Finding("TL050", "", Level.ERROR, "", edits[0].location, fix=fix)


def test_overlapping_edits_wait_for_the_next_pass() -> None:
    first, second, apart = (
        _finding(_edit(1, 5, 9, "1.0e-3")),
        _finding(_edit(1, 7, 9, "x")),
        _finding(_edit(2, 4, 5, "2")),
    )
    done = one_pass([first, second, apart], {"a.yaml": b"lr: 1e-3\nb: 1\n"})
    assert (done.applied, done.waiting) == ([first, apart], [second])
    assert done.contents == {"a.yaml": b"lr: 1.0e-3\nb: 2\n"}


def test_an_insertion_at_the_same_place_waits() -> None:
    assert overlap([_edit(1, 4, 4, "a")], [_edit(1, 4, 4, "b")])
    assert not overlap([_edit(1, 4, 8, "a")], [_edit(1, 8, 9, "b")])


def test_what_would_not_parse_is_refused_and_the_rest_is_made() -> None:
    broken, fine = _finding(_edit(1, 5, 9, "[")), _finding(_edit(2, 4, 5, "2"))
    done = one_pass([broken, fine], {"a.yaml": b"lr: 1e-3\nb: 1\n"})
    assert (done.applied, done.refused) == ([fine], [broken])
    assert done.contents == {"a.yaml": b"lr: 1e-3\nb: 2\n"}


def test_a_fix_over_several_files_is_made_as_a_whole_or_not_at_all() -> None:
    here = _edit(1, 5, 9, "1.0e-3")
    there = Edit(Location("b.json", 1, 8, 1, 9), "{")
    done = one_pass([_finding(here, there)], {"a.yaml": b"lr: 1e-3\n", "b.json": b'{"a": 1}'})
    assert (done.contents, len(done.refused)) == ({}, 1)


def test_a_config_in_utf_16_keeps_its_encoding() -> None:
    data = "lr: 1e-3\r\n".encode("utf-16")
    assert edited(Path("a.yaml"), data, [_edit(1, 5, 9, "1.0e-3")]) == "lr: 1.0e-3\r\n".encode("utf-16")


@given(
    st.text(alphabet="ab\n\r\u00e9\U0001f600", max_size=40),
    st.integers(0, 40),
    st.integers(0, 40),
    st.text("xy\n", max_size=3),
)
def test_spans_replace_exactly_their_characters(text: str, start: int, length: int, new: str) -> None:
    from trainlint.source.lines import LineIndex

    start = min(start, len(text))
    end = min(start + length, len(text))
    place = LineIndex("a", text).location(start, end)
    assert replaced(text, spans(text, [Edit(place, new)])) == text[:start] + new + text[end:]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value_and_every_loader_reads_them(number: float) -> None:
    import tomllib

    import yaml

    for spelled in (repr(number), f"{number:e}", f"{number:E}".replace("+", "")):
        written = as_number(spelled)
        assert written is not None
        values = [yaml.safe_load(written), json.loads(written), tomllib.loads(f"x = {written}")["x"]]
        assert all(isinstance(value, int | float) and value == float(spelled) for value in values)


@pytest.mark.parametrize("text", ["", ".", "e5", "1e", "abc", "1_0x", "--1", "0x10", "1.2.3", "inf"])
def test_what_is_no_number_stays(text: str) -> None:
    assert as_number(text) is None


# -- writing


def test_a_file_is_replaced_with_its_mode_through_links(tmp_path: Path) -> None:
    real = tmp_path / "real.py"
    real.write_bytes(b"old")
    real.chmod(0o754)
    link = tmp_path / "link.py"
    link.symlink_to(real)
    replace_file(link, b"new", b"old")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o754
    assert sorted(os.listdir(tmp_path)) == ["link.py", "real.py"]


def test_a_change_that_somebody_made_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"theirs")
    with pytest.raises(OSError, match="another program"):
        replace_file(path, b"ours", b"old")
    assert path.read_bytes() == b"theirs"


def test_a_write_that_fails_leaves_the_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new", b"old")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]
