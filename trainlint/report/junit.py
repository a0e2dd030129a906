"""Findings as JUnit XML, which most CI servers show as failed tests: a suite for each file, a case for each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from trainlint.model import Finding
from trainlint.report.document import Report

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (section 2.2), not even escaped."""


def junit_report(report: Report) -> str:
    """The document. A run without findings has one case that passed, as servers take an empty report for a failure."""
    files: dict[str, list[Finding]] = {}
    for finding in report.findings:
        files.setdefault(finding.location.path, []).append(finding)
    root = Xml.Element("testsuites", name="trainlint")
    for path, findings in files.items():
        _suite(root, path, findings)
    if report.errors:
        _broken(root, report.errors)
    if not len(root):
        suite = Xml.SubElement(
            root, "testsuite", name="trainlint", tests="1", failures="0", errors="0", time="0"
        )
        Xml.SubElement(suite, "testcase", classname="trainlint", name="no findings", time="0")
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", "0")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, path: str, findings: Sequence[Finding]) -> None:
    count = str(len(findings))
    suite = Xml.SubElement(
        root, "testsuite", name=_clean(path), tests=count, failures=count, errors="0", time="0"
    )
    for finding in findings:
        place = finding.location
        cell = f"cell {place.cell}:" if place.cell is not None else ""
        name = f"{finding.code} {finding.name} ({cell}{place.line}:{place.column})"
        case = Xml.SubElement(suite, "testcase", classname=_clean(path), name=name, time="0")
        if place.cell is None:
            case.set("file", _clean(path))
            case.set("line", str(place.line))
        message = _clean(finding.message)
        failure = Xml.SubElement(case, "failure", type=finding.level.value, message=" ".join(message.split()))
        way = [f"{station.location} {station.label}".rstrip() for station in (*finding.related,)]
        text = f"{place}:{place.column} {message}"
        failure.text = _clean(f"{text}\ntrace: {' -> '.join([*way, str(place)])}" if way else text)


def _broken(root: Xml.Element, errors: Sequence[str]) -> None:
    """What trainlint itself failed on, as cases with an error."""
    count = str(len(errors))
    suite = Xml.SubElement(
        root, "testsuite", name="trainlint", tests=count, failures="0", errors=count, time="0"
    )
    for number, error in enumerate(errors, 1):
        case = Xml.SubElement(
            suite, "testcase", classname="trainlint", name=f"internal error {number}", time="0"
        )
        Xml.SubElement(case, "error", type="internal", message=_clean(error)).text = _clean(error)


def _clean(text: str) -> str:
    return FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
