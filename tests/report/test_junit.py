"""JUnit XML, read by a parser that CI tools use."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml

from tests.cli.conftest import Trainlint
from tests.report.samples import BROKEN, EMPTY, REPORT
from trainlint.report.document import Report
from trainlint.report.junit import junit_report


def parsed(report: Report) -> JUnitXml:
    return JUnitXml.fromstring(junit_report(report).encode("utf-8"))


def test_a_suite_for_each_file_and_a_failed_case_for_each_finding() -> None:
    document = parsed(REPORT)
    assert (document.tests, document.failures, document.errors) == (4, 4, 0)
    assert [suite.name for suite in document] == ["src/my train.py", "a.ipynb", "net.py", "b.py"]
    (case,) = next(iter(document))
    assert case.name == "TL401 learning-rate-too-large (3:5)"
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("error", "A rate of 50, i.e. 100 % too much: lower it.")
    assert "trace: conf/ä.yaml:2 optim.lr -> lib.py:9 args.lr -> src/my train.py:3" in failure.text


def test_control_characters_are_written_as_escapes() -> None:
    (case,) = list(parsed(REPORT))[-1]
    assert case.result[0].message == r"Not \x1b[31mUTF-8\x00."


def test_no_finding_is_a_case_that_passed() -> None:
    document = parsed(EMPTY)
    assert (document.tests, document.failures, document.errors) == (1, 0, 0)
    assert next(iter(next(iter(document)))).is_passed


def test_what_trainlint_failed_on_is_an_error() -> None:
    document = parsed(BROKEN)
    assert (document.tests, document.failures, document.errors) == (1, 0, 1)
    (error,) = next(iter(next(iter(document)))).result
    assert isinstance(error, Error)
    assert error.message == r"ValueError: \x00 in a check"


def test_the_command_s_own_report_can_be_read(project: Path, trainlint: Trainlint) -> None:
    result = trainlint("check", "--output-format", "junit", "--output-file", "report.xml")
    assert (result.exit_code, result.stdout) == (1, "")
    document = JUnitXml.fromfile(str(project / "report.xml"))
    assert (document.tests, document.failures) == (2, 2)
