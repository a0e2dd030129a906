"""What is understood of programs, with no rule involved: every `# reveals:` of tests/facts is a test."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.facts_format import FactExample, FormatError, Reveal, parse_facts
from tests.facts_harness import Revealed, same

FILES = sorted(p for p in (Path(__file__).parent / "facts").glob("*.md") if p.name != "README.md")
EXAMPLES = [example for path in FILES for example in parse_facts(path)]
LEAST = 300


@cache
def evaluated(number: int, base: Path) -> Revealed:
    directory = base / str(number)
    directory.mkdir()
    return Revealed(EXAMPLES[number], directory.resolve())


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts")


def case_id(example: FactExample, reveal: Reveal) -> str:
    return f"{example.file.removesuffix('.md')}:{reveal.source_line} {reveal.subject}"


CASES = [
    pytest.param(number, reveal, id=case_id(example, reveal))
    for number, example in enumerate(EXAMPLES)
    for reveal in example.reveals
]


@pytest.mark.parametrize(("number", "reveal"), CASES)
def test_reveals(number: int, reveal: Reveal, base: Path) -> None:
    evaluated(number, base).check(reveal)


def test_there_are_many_reveals(
    record_property: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f" [{len(CASES)} reveals in {len(EXAMPLES)} programs] ", end="")
    assert len(CASES) >= LEAST


def test_a_wrong_reveal_fails(tmp_path: Path) -> None:
    path = tmp_path / "wrong.md"
    path.write_text(
        "## One\n\n```python\nx = 1  # reveals: value x = 2\ny = 1  # reveals: value y = 1 from train.py:1\n```\n"
    )
    example = parse_facts(path)[0]
    revealed = Revealed(example, tmp_path.resolve())
    for reveal, message in zip(
        example.reveals, ("x = 1 \\(not 2\\)", "y comes from \\['train.py:2'\\]"), strict=True
    ):
        with pytest.raises(AssertionError, match=message):
            revealed.check(reveal)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1  # reveals: value x = 1\n```\n",
        "## A\n\n```python\nx = 1\n```\n",
        "## A\n\n```python\nx = 1  # reveals: value x\n```\n",
        "## A\n\n```python\nx = 1  # reveals: value x = 1\n",
        "## A\n\n```python ../a.py\nx = 1  # reveals: value x = 1\n```\n",
    ],
)
def test_what_does_not_follow_the_format_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "facts.md"
    path.write_text(text)
    with pytest.raises(FormatError):
        parse_facts(path)


@pytest.mark.parametrize(
    ("shown", "expected", "agrees"),
    [
        ("1e-05", "0.00001", True),
        ("1", "true", False),
        ("he mode=fan_in a=0", "he", True),
        ("he mode=fan_in a=0", "he mode=fan_out", False),
        ("he mode=fan_in", "maybe he", False),
        ("unknown", "he", False),
        ("normal std=0.02", "normal std=0.02", True),
    ],
)
def test_agreement(shown: str, expected: str, agrees: bool) -> None:
    assert same(shown, expected) is agrees
