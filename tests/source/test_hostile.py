"""Input made to break a reader ends in a problem, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trainlint.source.notebook import parse_notebook
from trainlint.source.python import parse_python
from trainlint.source.tree import Format, load_config

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{{', '.join(f'k{n}: {{<<: *{old}}}' for n in range(9))}}}\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def _timed(read: Callable[[], object], limit: float = 3.0) -> None:
    start = time.process_time()
    read()
    assert time.process_time() - start < limit


@pytest.mark.parametrize("text", [BOMB, MERGE_BOMB], ids=["aliases", "merge keys"])
def test_alias_bombs_are_cut_off(text: str) -> None:
    document = load_config(Path("c.yaml"), "c.yaml", text)
    assert any("expand to more than" in problem.message for problem in document.problems)
    assert document.root is not None
    assert sum(1 for _ in document.root.walk()) < 100_000


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("yaml", "[" * 100_000),
        ("yaml", "{" * 100_000),
        ("yaml", "- " * 100_000),
        ("yaml", "? " * 100_000),
        ("yaml", "\n".join(" " * n + "a:" for n in range(400))),
        ("json", "[" * 100_000),
        ("json", '{"a":' * 100_000),
        ("toml", "a = " + "[" * 100_000),
        ("toml", "a = " + "{a=" * 100_000),
    ],
)
def test_deep_nesting_is_a_problem(format: Format, text: str) -> None:
    def read() -> None:
        document = load_config(Path("c"), "c", text, format)
        assert "nested" in document.problems[0].message
        assert document.root is None

    _timed(read)


def test_deep_anchors_are_a_problem() -> None:
    text = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 400))
    document = load_config(Path("c.yaml"), "c.yaml", text)
    assert any("nested deeper" in problem.message for problem in document.problems)


@pytest.mark.parametrize("format", ["yaml", "json", "toml"])
def test_data_in_a_configs_clothes_is_not_read(format: Format) -> None:
    document = load_config(Path("c"), "c", "a: " + "x" * 2_000_001, format)
    assert (document.root, document.problems[0].kind) == (None, "size")


@pytest.mark.parametrize("format", ["yaml", "json", "toml"])
def test_one_huge_line(format: Format) -> None:
    text = {"yaml": "a: [{}]", "json": '{{"a": [{}]}}', "toml": "a = [{}]"}[format].format(
        "1, " * 20_000 + "1"
    )

    def read() -> None:
        document = load_config(Path("c"), "c", text, format)
        node = document.find("a[20000]")
        assert node is not None
        assert node.location.column == text.rindex("1") + 1

    _timed(read)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "(" * 90 + ")" * 89,
        "-" * 100_000 + "1",
        "x = " + "a." * 100_000 + "b",
        "x = " + "1 + " * 50_000 + "1",
        "f(" * 100_000,
        "if x:\n" + "".join(" " * n + "if x:\n" for n in range(1, 200)),
        "x = '" + "a" * 1_000_000,
        "x = '''" + "\n" * 20_000,
        "lambda: " * 20_000 + "1",
        "\\\n" * 50_000,
        "\x00" * 1000,
        "\ud800",
    ],
)
def test_python_made_to_break_the_parser(text: str) -> None:
    def read() -> None:
        source = parse_python(Path("a.py"), "a.py", "import torch\n" + text)
        assert source.problems
        assert source.suppressions.entries == ()

    _timed(read)


def test_a_huge_line_of_python_is_read() -> None:
    text = "x = [" + "1, " * 100_000 + "lr]  # trainlint: ignore\n"

    def read() -> None:
        source = parse_python(Path("a.py"), "a.py", text)
        assert source.problems == []
        assert len(source.suppressions.entries) == 1

    _timed(read)


def test_notebook_with_hostile_cells() -> None:
    source = parse_notebook(
        Path("n.ipynb"), "n.ipynb", '{"cells": [{"cell_type": "code", "source": "' + "(" * 50_000 + '"}]}'
    )
    assert source.problems
