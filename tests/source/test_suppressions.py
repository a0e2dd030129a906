from __future__ import annotations

from pathlib import Path

import pytest

from trainlint.model import Finding, Level, Location
from trainlint.source.python import parse_python
from trainlint.source.suppressions import Suppressions
from trainlint.source.tree import load_config

NAMES = {"learning-rate-too-large": "TL401", "missing-zero-grad": "TL001", "other-rule": "TL002"}
CODES = {code: name for name, code in NAMES.items()}


def _finding(line: int, code: str = "TL401", path: str = "a.py") -> Finding:
    return Finding(code, CODES[code], Level.ERROR, "m", Location(path, line))


def _python(text: str) -> Suppressions:
    return parse_python(Path("a.py"), "a.py", text).suppressions


def _silenced(suppressions: Suppressions, *findings: Finding) -> list[tuple[int, str]]:
    kept, suppressed = suppressions.apply(list(findings))
    assert len(kept) + len(suppressed) == len(findings)
    return [(finding.location.line, finding.code) for finding in suppressed]


def _unused(
    suppressions: Suppressions, *selected: str, blanket: bool = True
) -> list[tuple[int, tuple[str, ...]]]:
    chosen = selected or tuple(CODES)
    return [(place.line, codes) for place, codes in suppressions.unused(chosen, NAMES, blanket=blanket)]


@pytest.mark.parametrize(
    "comment",
    [
        "# trainlint: ignore[TL401]",
        "# trainlint: ignore[TL001, TL401]",
        "#trainlint:ignore[tl401]",
        "# trainlint: ignore",
        "# trainlint: ignore[learning-rate-too-large]",
        "# the paper uses it  # trainlint: ignore[TL401]",
        "# trainlint: ignore TL401",
        "# noqa: TL401",
        "# noqa: E501, TL401",
        "# type: ignore  # noqa:TL401",
    ],
)
def test_a_comment_at_the_end_of_the_line_silences_it(comment: str) -> None:
    suppressions = _python(f"a = 1\nb = 2  {comment}\nc = 3\n")
    assert _silenced(suppressions, _finding(1), _finding(2), _finding(3)) == [(2, "TL401")]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: E501",
        "# trainlint: ignore[TL001]",
        "# trainlint: ignore[TL401",
        "# trainlint: ignore[]",
        "# trainlint: ignored",
        "# trainlint ignore[TL401]",
        "; x = '# trainlint: ignore[TL401]'",
    ],
)
def test_other_comments_and_strings_silence_nothing(comment: str) -> None:
    assert _silenced(_python(f"b = 2  {comment}\n"), _finding(1)) == []


def test_a_comment_alone_speaks_for_the_next_code_line() -> None:
    text = "# trainlint: ignore[TL401]\n# why\n\n# trainlint: ignore[TL001]\nb = 2\nc = 3\n"
    found = _silenced(_python(text), _finding(5), _finding(5, "TL001"), _finding(6))
    assert found == [(5, "TL401"), (5, "TL001")]


def test_a_comment_speaks_for_its_whole_logical_line() -> None:
    text = "x = f(\n    1,  # trainlint: ignore[TL401]\n    2,\n)\ny = 3\n"
    assert _silenced(_python(text), _finding(1), _finding(3), _finding(5)) == [(1, "TL401"), (3, "TL401")]


def test_a_comment_on_a_header_does_not_reach_into_the_block() -> None:
    text = "for x in y:  # trainlint: ignore[TL401]\n    z = 1\n"
    assert _silenced(_python(text), _finding(1), _finding(2)) == [(1, "TL401")]


def test_ignore_file() -> None:
    text = "a = 1\nb = 2\n# trainlint: ignore-file[TL401]\n"
    assert _silenced(_python(text), _finding(1), _finding(2), _finding(2, "TL001")) == [
        (1, "TL401"),
        (2, "TL401"),
    ]
    assert (
        len(_silenced(_python("# trainlint: ignore-file\na = 1\n"), _finding(2), _finding(2, "TL001"))) == 2
    )


def test_comments_in_code_that_does_not_tokenize_still_count() -> None:
    assert _silenced(_python("a = 1  # trainlint: ignore\nb = (\n"), _finding(1)) == [(1, "TL401")]


def test_unused_comments_are_told_with_their_idle_codes() -> None:
    suppressions = _python(
        "a = 1  # trainlint: ignore[TL401, TL001]\nb = 2  # trainlint: ignore\n"
        "c = 3  # noqa: TL001\nd = 4  # noqa: TL777\n"
    )
    _silenced(suppressions, _finding(1))
    assert _unused(suppressions) == [(1, ("TL001",)), (2, ()), (3, ("TL001",))]
    assert _unused(suppressions, "TL401", blanket=False) == []


def test_unknown_codes_and_names_are_unused() -> None:
    suppressions = _python(
        "a = 1  # trainlint: ignore[TL777]\nb = 1  # trainlint: ignore[learning-rate-to-large]\n"
    )
    assert _unused(suppressions, "TL001") == [(1, ("TL777",)), (2, ("learning-rate-to-large",))]


def test_a_rule_name_that_did_its_work_is_used() -> None:
    suppressions = _python("a = 1  # trainlint: ignore[learning-rate-too-large]\n")
    _silenced(suppressions, _finding(1))
    assert _unused(suppressions) == []


YAML = """\
lr: 10.0  # trainlint: ignore[TL401]
text: "# trainlint: ignore[TL401]"
block: |
  # trainlint: ignore[TL401]
  more
plain: a#trainlint:ignore[TL401]
# trainlint: ignore[TL001]

next: 3
flow: [1,
  2,  # trainlint: ignore[TL002]
  3]
"""


def test_yaml_comments() -> None:
    suppressions = load_config(Path("c.yaml"), "c.yaml", YAML).suppressions
    assert [(entry.codes, entry.first, entry.last) for entry in suppressions.entries] == [
        (("TL401",), 1, 1),
        (("TL001",), 9, 9),
        (("TL002",), 10, 12),
    ]


def test_toml_comments() -> None:
    text = (
        'a = "# trainlint: ignore[TL401]" # trainlint: ignore[TL001]\n'
        '\'b\' = """\n# trainlint: ignore\n"""\n'
        "c = [\n1, # noqa: TL002\n]\n"
    )
    suppressions = load_config(Path("c.toml"), "c.toml", text).suppressions
    assert [(entry.codes, entry.first, entry.last) for entry in suppressions.entries] == [
        (("TL001",), 1, 1),
        (("TL002",), 5, 7),
    ]


def test_json_has_none() -> None:
    assert load_config(Path("c.json"), "c.json", '{"a": "# trainlint: ignore"}').suppressions.entries == ()
