from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from trainlint.model import Location
from trainlint.source.notebook import parse_notebook
from trainlint.source.python import PythonSource


def _notebook(*cells: str | list[str], **metadata: Any) -> str:
    entries: list[dict[str, object]] = [{"cell_type": "markdown", "source": ["# Title\n"]}]
    entries += [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": entries})


def _parse(text: str) -> PythonSource:
    return parse_notebook(Path("n.ipynb"), "n.ipynb", text)


def _places(source: PythonSource) -> dict[str, Location]:
    assert source.tree is not None
    return {node.id: source.location(node) for node in ast.walk(source.tree) if isinstance(node, ast.Name)}


def test_cells_are_one_module_and_locations_name_the_cell() -> None:
    source = _parse(_notebook(["import torch\n", "a = 1"], "b = 2\nc = 3", "", "d = 4"))
    places = _places(source)
    assert places["a"] == Location("n.ipynb", 2, 1, 2, 2, cell=1)
    assert places["c"] == Location("n.ipynb", 2, 1, 2, 2, cell=2)
    assert places["d"] == Location("n.ipynb", 1, 1, 1, 2, cell=4)
    assert source.excerpt(places["c"]) == "c = 3"
    assert not source.partial


def test_magics_shell_and_help_lines_are_blanked() -> None:
    cell = (
        "%matplotlib inline\n!pip install \\\n    torch\nif True:\n    !ls\n?torch\ntorch.nn?\n"
        "files = !ls data\npip install x\na = 7 % 2"
    )
    source = _parse(_notebook(cell))
    assert source.problems == []
    places = _places(source)
    assert places["a"].line == 10
    assert places["files"].line == 8
    assert places["get_ipython"].line == 8
    assert source.excerpt(places["files"]) == "files = !ls data"


def test_a_line_that_begins_with_a_percent_sign_may_be_python() -> None:
    source = _parse(_notebook("x = (a\n  % b)"))
    assert set(_places(source)) == {"x", "a", "b"}


@pytest.mark.parametrize(
    ("magic", "kept"),
    [("%%time", True), ("%%capture out", True), ("%%bash", False), ("%%writefile x.py", False)],
)
def test_cell_magics(magic: str, kept: bool) -> None:
    source = _parse(_notebook(f"\n{magic}\na = 1", "b = 2"))
    assert source.problems == []
    assert ("a" in _places(source)) is kept
    assert _places(source)["b"].cell == 2


def test_a_broken_cell_does_not_cost_the_others() -> None:
    source = _parse(_notebook("a = 1", "x ? (\n", "c = 3\nd ? = 4\ne = 5"))
    assert set(_places(source)) >= {"a", "c", "e"}
    assert not set(_places(source)) & {"x", "d"}
    assert [(problem.location.cell, problem.location.line) for problem in source.problems] == [(2, 1), (3, 2)]
    assert source.partial


def test_cells_are_read_without_margins_and_prompts_as_ipython_does() -> None:
    source = _parse(
        _notebook("    a = 1\n    b = a\n", ">>> c = 1\n>>> for d in c:\n...     e = d\n", "f = 1")
    )
    assert source.problems == []
    assert _places(source)["b"] == Location("n.ipynb", 2, 5, 2, 6, cell=1)
    assert _places(source)["e"] == Location("n.ipynb", 3, 9, 3, 10, cell=2)
    assert _places(source)["f"] == Location("n.ipynb", 1, 1, 1, 2, cell=3)


def test_nbformat_3() -> None:
    text = json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"]}]}]})
    assert _places(_parse(text))["b"] == Location("n.ipynb", 2, 1, 2, 2, cell=1)


def test_other_languages_are_left_alone() -> None:
    source = _parse(_notebook("x <- 1 ? y", kernelspec={"language": "R", "name": "ir"}))
    assert source.problems == []
    assert source.tree is not None
    assert source.tree.body == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "[" * 100_000, '{"nbformat": 4}'])
def test_what_is_no_notebook_is_a_problem(text: str) -> None:
    source = _parse(text)
    assert source.tree is None
    assert "notebook" in source.problems[0].message


def test_malformed_cells_do_no_harm() -> None:
    cells = [
        {"cell_type": "code", "source": 3},
        None,
        {"cell_type": "code"},
        {"cell_type": "code", "source": [1, "a = 1"]},
    ]
    source = _parse(json.dumps({"cells": cells, "metadata": None}))
    assert _places(source)["a"].cell == 3


def test_suppressions_count_lines_within_the_cell() -> None:
    source = _parse(_notebook("a = 1\nb = 2", "c = f(\n    1)  # trainlint: ignore[TL401]"))
    (entry,) = source.suppressions.entries
    assert (entry.location.cell, entry.first, entry.last) == (2, 1, 2)


def test_a_script_that_the_notebook_writes_and_runs_is_read_where_it_stands() -> None:
    source = _parse(
        _notebook(
            "%%writefile config.py\nLR = 3e-4\nBATCH = 8",
            "%%writefile ./src/train.py\nfrom config import LR, BATCH as size\nprint(LR, size)",
            "!cd .. && python src/train.py \\\n  --epochs 3 > log.txt",
        )
    )
    assert source.problems == []
    places = _places(source)
    assert places["LR"] == Location("n.ipynb", 3, 7, 3, 9, cell=2)
    assert places["BATCH"] == Location("n.ipynb", 2, 8, 2, 13, cell=2)
    assert "sys.argv = ['src/train.py', '--epochs', '3']" in source.text
    assert source.excerpt(Location("n.ipynb", 2, 1, 2, 2, cell=1)) == "LR = 3e-4"


@pytest.mark.parametrize(
    "others",
    [
        [],  # nothing runs it
        ["!python other.py"],
        ["import submission"],  # an import alone: what is below the main guard does not run
        ["x = 'python submission.py'"],
        ["!cat submission.py"],
    ],
)
def test_a_script_that_is_only_written_is_no_part_of_the_notebook(others: list[str]) -> None:
    source = _parse(
        _notebook("%%writefile submission.py\nif __name__ == '__main__':\n    written = 1", *others)
    )
    assert "written" not in _places(source)


@pytest.mark.parametrize(
    "line",
    [
        "!python train.py",
        "%run train.py",
        "!accelerate launch --fp16 ./train.py",
        "! CUDA_VISIBLE_DEVICES=0 python3 train.py &",
    ],
)
def test_any_command_that_runs_the_script_counts(line: str) -> None:
    source = _parse(_notebook("\n%%writefile train.py\nwritten = 1", line))
    assert _places(source)["written"] == Location("n.ipynb", 3, 1, 3, 8, cell=1)


def test_long_lines_that_look_like_imports_and_commands_are_read_in_no_time() -> None:
    hostile = "from train import " + " " * 50_000 + "(\n!" + "python " * 20_000 + "'"
    source = _parse(_notebook("%%writefile train.py\nwritten = 1", "!python train.py", hostile))
    assert "written" in _places(source)
