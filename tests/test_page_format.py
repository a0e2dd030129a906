"""The parser of rule pages and case files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page_format import Expected, FormatError, Page, parse_page

PAGE = """\
# TL123 some-rule

One sentence.

## Why it hurts

As `SGD(lr=1)`:

```python
illustration = 1  # expect: TL123
```

## Examples

### Bad: two files

```yaml bad conf.yaml
# expect: TL050
lr: 1e-3
```

```python bad
x = 1  # trainlint: ignore[TL001]  # expect: TL059, TL123
```

```python fixed
x = 1
```

### Bad: no comments possible

```json bad a.ipynb expect=TL000@2:5,TL123@3
{}
```

### Near miss

```python good pkg/model.py
x = 2
```

## Options

- `max-rate` (default `0.3`): the bound.
"""


def parse(tmp_path: Path, text: str, name: str = "TL123.md") -> Page:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return parse_page(tmp_path / name)


def test_fences_below_one_heading_are_one_example(tmp_path: Path) -> None:
    page = parse(tmp_path, PAGE)
    assert [page.example_id(e) for e in page.examples] == ["TL123-bad-1", "TL123-bad-2", "TL123-near-miss-1"]
    assert [file.path for file in page.examples[0].files] == ["conf.yaml", "train.py", "train.py"]
    assert [file.path for file in page.examples[0].inputs] == ["conf.yaml", "train.py"]
    assert [example.kind for example in page.examples] == ["bad", "bad", "good"]


def test_markers_name_lines_and_are_cut_out(tmp_path: Path) -> None:
    page = parse(tmp_path, PAGE)
    expected = sorted(page.examples[0].expected.elements())
    assert expected == [
        Expected("conf.yaml", 2, "TL050"),
        Expected("train.py", 1, "TL059"),
        Expected("train.py", 1, "TL123"),
    ]
    page.examples[0].write(tmp_path / "out")
    assert (tmp_path / "out/conf.yaml").read_text() == "\nlr: 1e-3\n"
    assert (tmp_path / "out/train.py").read_text() == "x = 1  # trainlint: ignore[TL001]\n"


def test_places_in_the_info_string(tmp_path: Path) -> None:
    marks = sorted(parse(tmp_path, PAGE).examples[1].expected)
    assert marks == [Expected("a.ipynb", 3, "TL123"), Expected("a.ipynb", 5, "TL000", 2)]


def test_sections_summary_and_options(tmp_path: Path) -> None:
    page = parse(tmp_path, PAGE)
    assert (page.code, page.title, page.summary) == ("TL123", "TL123 some-rule", "One sentence.")
    assert list(page.sections) == ["Why it hurts", "Examples", "Options"]
    assert page.options == {"max-rate": "0.3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("### Worse\n", "begins with none of"),
        ("### Bad\n", "without a file"),
        ("### Bad\n```python bad\nx = 1\n```\n", "expects nothing"),
        ("### Bad\n```python good\nx = 1\n```\n", "under a heading 'bad'"),
        ("### Good\n```python good\nx = 1  # expect: TL123\n```\n", "expects a finding"),
        ("### Good\n```python good\nx = 1\n", "never closed"),
        ("### Good\n```yaml good\nx: 1\n```\n", "needs one path"),
        ("### Good\n```python good ../a.py\nx = 1\n```\n", "leaves the example"),
        ("### Good\n```python god\nx = 1\n```\n", "is none of"),
        ("### Good\n```python good\nx\n```\n```python good\ny\n```\n", "stands twice in one example"),
        ("### Bad\n```json bad a.json expect=TL123\n{}\n```\n", "is not CODE@line"),
        ("```python good\nx = 1\n```\n", "outside an example"),
        ("## A\n## A\n", "stands twice"),
        ("# A\n# B\n", "second title"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse(tmp_path, text)


def test_the_name_must_begin_with_a_code(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="must begin"):
        parse(tmp_path, PAGE, "README.md")
