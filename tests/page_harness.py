"""Executes an example of a rule page or case file, and compares what was found with what was expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.page_format import Example, Expected, Page, parse_page
from trainlint.checks import load_rules
from trainlint.engine import check_paths
from trainlint.fixing import fix_paths
from trainlint.model import Finding, Level, Rule
from trainlint.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent


def pages() -> list[Page]:
    """All rule pages, by code."""
    return [parse_page(path) for path in sorted((ROOT / "rules").glob("*.md"))]


def case_files() -> list[Page]:
    """All case files, by name."""
    return [parse_page(path) for path in sorted((ROOT / "tests" / "cases").glob("*.md"))]


def rules() -> Mapping[str, Rule]:
    """Every rule that is built, by code."""
    return load_rules()


def check_directory(directory: Path, code: str) -> list[Finding]:
    """Findings of error and warning level below `directory`, and of `code` whatever its level.

    The one place that knows the engine's interface.
    """
    settings = load_settings([directory], directory, rules())
    settings = settings.override(rules(), extend_select=(*settings.extend_select, code), level=Level.ADVICE)
    result = check_paths([directory], cwd=directory, settings=settings)
    return [f for f in result.findings if f.level is not Level.ADVICE or f.code == code]


def run_fixes(page: Page, example: Example, directory: Path) -> None:
    """Write the example, make the fixes of its rule, and compare every file with the `fixed` ones; the others stay."""
    example.write(directory)
    settings = load_settings([directory], directory, rules())
    settings = settings.override(rules(), extend_select=(page.code,), level=Level.ADVICE)
    fixed = fix_paths([directory], directory, settings, unsafe=True, codes={page.code})
    made = {
        path.relative_to(directory.resolve()).as_posix(): data.decode() for path, data in fixed.after.items()
    }
    wanted = {file.path: file.text for file in example.files if file.kind == "fixed"}
    assert made == wanted
    assert not [f for f in fixed.result.findings if f.code == page.code]


def found(findings: list[Finding]) -> Counter[Expected]:
    """The findings in the form in which examples expect them."""
    return Counter(Expected(f.location.path, f.location.line, f.code, f.location.cell or 0) for f in findings)


def run_example(page: Page, example: Example, directory: Path) -> None:
    """Write the example, check it, and fail with the difference if the findings are not those expected."""
    example.write(directory)
    findings = check_directory(directory, page.code)
    actual, wanted = found(findings), example.expected
    if actual == wanted:
        return
    lines = [f"{page.path.name}:{example.line}: {example.title or example.sort}"]
    lines += [f"  not found: {mark}" for mark in sorted((wanted - actual).elements())]
    surplus = actual - wanted
    lines += [
        f"  not expected: {f.location} {f.code} {f.message}"
        for f in findings
        if Expected(f.location.path, f.location.line, f.code, f.location.cell or 0) in surplus
    ]
    raise AssertionError("\n".join(lines))
