"""Case files: regressions, near misses and edge cases, in the format of the rule pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page_format import Example, Page
from tests.page_harness import case_files, rules, run_example

CASES = [pytest.param(p, e, id=p.example_id(e)) for p in case_files() for e in p.examples]


@pytest.mark.parametrize("page", case_files(), ids=lambda page: page.path.stem)
def test_case_file_belongs_to_a_rule_and_holds_examples(page: Page) -> None:
    assert page.code in rules()
    assert page.examples


@pytest.mark.parametrize(("page", "example"), CASES)
def test_case(page: Page, example: Example, tmp_path: Path) -> None:
    run_example(page, example, tmp_path)
