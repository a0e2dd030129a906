"""Where the rules' pages are found, and how they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainlint.checks import load_rules
from trainlint.pages import NoPagesError, all_pages, find_page, pages_directory, read_page

ROOT = Path(__file__).resolve().parent.parent


def test_every_rule_has_a_page_with_its_name() -> None:
    assert {page.code: page.name for page in all_pages()} == {
        rule.code: rule.name for rule in load_rules().values()
    }


def test_a_summary_is_the_one_sentence_below_the_title() -> None:
    for page in all_pages():
        assert page.summary.endswith("."), page.code
        assert page.text.startswith(f"# {page.code} {page.name}\n\n"), page.code


def test_a_checkout_has_its_pages_beside_the_package() -> None:
    assert pages_directory() == ROOT / "rules"


def test_a_wheel_carries_them_inside_which_wins(tmp_path: Path) -> None:
    package = tmp_path / "trainlint"
    (package / "_rules").mkdir(parents=True)
    (tmp_path / "rules").mkdir()
    assert pages_directory(package) == package / "_rules"


def test_an_installation_without_pages_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NoPagesError, match="_rules"):
        pages_directory(tmp_path / "trainlint")


def test_a_page_is_found_by_code_in_any_case_or_by_name() -> None:
    by_code, by_name = find_page("tl401"), find_page("Learning-Rate-Too-Large")
    assert by_code is not None
    assert by_code == by_name
    assert find_page("TL40") is None


def test_a_summary_over_several_lines_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "TL123.md"
    path.write_text("# TL123 some-name\n\nOne\nsentence.\n\n## Why it hurts\n", encoding="utf-8")
    page = read_page(path)
    assert (page.code, page.name, page.summary) == ("TL123", "some-name", "One sentence.")


def test_a_page_without_a_summary_has_none(tmp_path: Path) -> None:
    path = tmp_path / "TL123.md"
    path.write_text("# TL123 some-name\n\n## Why it hurts\n", encoding="utf-8")
    assert read_page(path).summary == ""
