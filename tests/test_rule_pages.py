"""Rule pages: each is complete, agrees with its rule's metadata, and its examples are executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.page_format import HEADINGS, Example, Page
from tests.page_harness import pages, rules, run_example, run_fixes
from trainlint.fixes.rules import has_fixer

PAGES = pages()
EXAMPLES = [pytest.param(p, e, id=p.example_id(e)) for p in PAGES for e in p.examples]
WITHOUT_EXAMPLES = {"TL999", "TL109", "TL219"}
"""No program should cause an internal error; `tests/cli/test_check.py` plants one. TL109 and TL219 are measured, not found in
code: `tests/probe/torch/` has their examples."""


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {page.path.stem for page in PAGES} == set(rules())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
class TestPage:
    def test_title_is_code_and_name(self, page: Page) -> None:
        rule = rules()[page.code]
        assert page.title == f"{rule.code} {rule.name}"

    def test_summary_is_one_sentence(self, page: Page) -> None:
        assert page.summary.endswith(".")
        assert page.summary.count(". ") == 0, page.summary

    def test_headings_in_order_and_none_empty(self, page: Page) -> None:
        assert tuple(page.sections) == HEADINGS
        assert all(page.sections.values()), [name for name, text in page.sections.items() if not text]

    def test_options_are_those_of_the_rule(self, page: Page) -> None:
        options = rules()[page.code].options
        assert page.options == {name: str(option.default) for name, option in options.items()}
        assert bool(page.options) != (page.sections["Options"] == "None.")

    def test_probe_section_names_the_experiment(self, page: Page) -> None:
        probe = rules()[page.code].probe
        text = page.sections["How the probe confirms it"]
        if probe is None:
            assert text.startswith("There is no experiment")
        else:
            assert f"`{probe}`" in text

    def test_preview_gives_its_reason(self, page: Page) -> None:
        assert rules()[page.code].preview == ("preview" in page.sections["When to ignore it"].lower())

    def test_has_every_sort_of_example(self, page: Page) -> None:
        sorts = {example.sort for example in page.examples}
        assert sorts == (set() if page.code in WITHOUT_EXAMPLES else {"bad", "good", "near miss"})

    def test_bad_examples_show_this_rule(self, page: Page) -> None:
        for example in page.examples:
            if example.kind == "bad":
                assert page.code in {mark.code for mark in example.expected}, example.title


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_example(page: Page, example: Example, tmp_path: Path) -> None:
    run_example(page, example, tmp_path)


FIXED = [
    pytest.param(p, e, id=p.example_id(e))
    for p in PAGES
    for e in p.examples
    if any(f.kind == "fixed" for f in e.files)
]


@pytest.mark.parametrize(("page", "example"), FIXED)
def test_fixed_is_what_fix_makes_of_the_bad_example(page: Page, example: Example, tmp_path: Path) -> None:
    if not has_fixer(rules()[page.code]):
        pytest.skip(f"{page.code} has no fix yet")
    run_fixes(page, example, tmp_path)
