"""The report of a run in the format that was asked for, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import click

from trainlint import __version__
from trainlint.checks import load_rules
from trainlint.cli.output import print_document, print_lines, width_of_terminal
from trainlint.engine import Result
from trainlint.model import Applicability
from trainlint.pages import NoPagesError, all_pages
from trainlint.report.document import Report, RuleHelp
from trainlint.report.summary import Summary, count_levels, summary_lines

if TYPE_CHECKING:
    from trainlint.facts.program import Program

COUNTED = ("text", "json", "jsonl")
"""Formats that `--statistics` has."""


def write_report(result: Result, form: str, statistics: bool, output_file: str | None) -> None:
    """Write a run's report to standard output or a file.

    Raises:
        click.UsageError: statistics in a format that has none.
        Failed: the file cannot be written.
    """
    if statistics and form not in COUNTED:
        raise click.UsageError(f"--statistics has the formats {', '.join(COUNTED)}, not {form}.")
    if form == "text":
        _write_text(result, statistics, output_file)
    elif form in COUNTED:
        print_document(_json(result, form, statistics), output_file)
    elif form == "html":
        from trainlint.report.html.page import html_report

        pictures = [picture for picture in result.digests if picture is not None]
        print_document(html_report(_document(result), pictures, summarise(result)), output_file)
    else:
        print_document(_writer(form)(_document(result)), output_file)


def _write_text(result: Result, statistics: bool, output_file: str | None) -> None:
    from trainlint.report.text import statistics_lines, text_report

    summary = summarise(result)
    if statistics:
        print_lines([*statistics_lines(result.findings), *summary_lines(summary)], output_file)
        return
    width = None if output_file is not None else width_of_terminal(sys.stdout)
    print_lines(text_report(result.findings, summary, result.lines, width), output_file)


def _json(result: Result, form: str, statistics: bool) -> str:
    from trainlint.report.json import json_report, json_statistics, jsonl_report

    if statistics:
        return json_statistics(result.findings, by_line=form == "jsonl")
    return (json_report if form == "json" else jsonl_report)(result.findings, result.lines)


def _writer(form: str) -> Callable[[Report], str]:
    if form == "sarif":
        from trainlint.report.sarif import sarif_report as writer
    elif form == "github":
        from trainlint.report.github import github_report as writer
    elif form == "gitlab":
        from trainlint.report.gitlab import gitlab_report as writer
    else:
        from trainlint.report.junit import junit_report as writer
    return writer


def digest_for(form: str) -> Callable[[Program], Any] | None:
    """What a format needs to know of each program while its facts stand."""
    if form != "html":
        return None
    from trainlint.report.html.pictures import picture_of

    return picture_of


def _document(result: Result) -> Report:
    errors = [failure.strip().rsplit("\n", 1)[-1] or "internal error" for failure in result.failures]
    errors += [f"{problem.location.path}: {problem.message}" for problem in result.argument_problems]
    helps = rule_helps({finding.code for finding in result.findings})
    return Report(result.findings, result.lines, __version__, helps, errors, result.owners)


def rule_helps(codes: Collection[str]) -> Mapping[str, RuleHelp]:
    """The rules with these codes, with their pages; without text where the pages are missing."""
    try:
        pages = {page.code: page for page in all_pages() if page.code in codes}
    except NoPagesError:
        pages = {}
    helps: dict[str, RuleHelp] = {}
    for code, rule in load_rules().items():
        if code in codes:
            page = pages.get(code)
            summary, text = (page.summary, page.text) if page is not None else ("", "")
            helps[code] = RuleHelp(code, rule.name, rule.level, rule.section, summary, text, rule.preview)
    return helps


def summarise(result: Result) -> Summary:
    """The numbers of a run."""
    gaps = {(gap.what, gap.why, gap.location) for program in result.programs for gap in program.gaps}
    return Summary(
        found=count_levels(result.findings),
        hidden=result.hidden,
        suppressed=result.suppressed,
        known=result.known,
        gone=result.gone,
        files=result.files,
        skipped=result.skipped,
        programs=sum(not program.empty for program in result.programs),
        configs=result.configs,
        gaps=len(gaps),
        fixable=_mended_by(result, Applicability.SAFE),
        unsafely=_mended_by(result, Applicability.UNSAFE),
        incomplete=tuple(sorted({p.entry for p in result.programs if not p.complete})),
    )


def _mended_by(result: Result, applicability: Applicability) -> int:
    return sum(f.fix is not None and f.fix.applicability is applicability for f in result.findings)
