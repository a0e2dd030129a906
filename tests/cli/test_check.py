"""`trainlint check`: what is reported where, and how the run ends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import trainlint.run
from tests.cli.conftest import CLEAN, FLAWED, Trainlint


def codes(stdout: str) -> list[str]:
    return [finding["code"] for finding in json.loads(stdout)]


SLICED = """\
import numpy as np, torch
from torch import nn

table = np.loadtxt("houses.csv", delimiter=",")
prices = torch.tensor(table[10:, -1:], dtype=torch.float32)
few = prices[2 : len(table) - 9]
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(10):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(torch.randn(64, 3)), few).backward()
    optimizer.step()
"""


def test_a_trace_shows_a_slice_as_far_as_it_is_known(trainlint: Trainlint, project: Path) -> None:
    (project / "sliced.py").write_text(SLICED)
    shown = trainlint("check", "--select", "TL502", "sliced.py").stdout
    assert "trace: sliced.py:4 read from houses.csv -> sliced.py:6 [2:...] -> sliced.py:11" in shown, shown


class TestStatus:
    def test_clean_code_ends_with_0(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "clean.py")
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("0 errors, 0 warnings")

    def test_findings_end_with_1_and_are_printed_with_their_source(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py")
        assert result.exit_code == 1
        assert "flawed.py:4:41 TL601 sigmoid-in-hidden-layer warning" in result.stdout
        assert "^^^^^^^^^^^^" in result.stdout
        assert "0 errors, 2 warnings" in result.stdout

    def test_without_paths_everything_below_is_checked(self, trainlint: Trainlint) -> None:
        assert "Understood 2 programs in 2 files" in trainlint("check").stdout

    def test_exit_zero_reports_and_ends_with_0(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--exit-zero", "flawed.py")
        assert result.exit_code == 0
        assert "TL601" in result.stdout

    def test_a_missing_path_is_a_message_and_status_2_and_the_rest_goes_on(
        self, trainlint: Trainlint
    ) -> None:
        result = trainlint("check", "nowhere.py", "flawed.py")
        assert result.exit_code == 2
        assert result.stderr == "trainlint: nowhere.py: does not exist\n"
        assert "TL601" in result.stdout

    def test_exit_zero_does_not_hide_a_wrong_argument(self, trainlint: Trainlint) -> None:
        assert trainlint("check", "--exit-zero", "nowhere.py").exit_code == 2

    def test_an_unknown_flag_is_status_2(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--levle", "advice")
        assert result.exit_code == 2
        assert "--level" in result.stderr


class TestSelection:
    def test_select_takes_codes_prefixes_and_names(self, trainlint: Trainlint) -> None:
        for word in ("TL601", "TL6", "ALL", "sigmoid-in-hidden-layer", "TL1,TL601".removeprefix("TL1,")):
            result = trainlint("check", "flawed.py", "--select", word, "--output-format", "json")
            assert set(codes(result.stdout)) == {"TL601"}, word

    def test_codes_are_separated_by_commas_and_options_repeated(self, trainlint: Trainlint) -> None:
        result = trainlint(
            "check", "flawed.py", "--select", "TL603, TL604", "--select", "TL605", "--level=advice"
        )
        assert "TL601" not in result.stdout

    def test_ignore_leaves_rules_out(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py", "--ignore", "TL601")
        assert result.exit_code == 0
        assert "TL601" not in result.stdout

    def test_an_unknown_code_is_status_2_with_a_suggestion(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--select", "TL611", "flawed.py")
        assert result.exit_code == 2
        assert "'TL611'" in result.stderr
        assert "did you mean" in result.stderr
        assert result.stdout == ""

    def test_level_error_hides_and_counts_warnings(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py", "--level", "error")
        assert result.exit_code == 0
        assert "2 warnings hidden (--level warning shows)" in result.stdout

    def test_suppressed_findings_are_counted(self, project: Path, trainlint: Trainlint) -> None:
        text = FLAWED.rstrip() + "  # trainlint: ignore[TL601]\n"
        (project / "flawed.py").write_text(text, encoding="utf-8")
        result = trainlint("check", "flawed.py")
        assert result.exit_code == 0, result.output
        assert "2 suppressed" in result.stdout


class TestSettings:
    def test_the_nearest_settings_file_counts_and_isolated_ignores_it(
        self, project: Path, trainlint: Trainlint
    ) -> None:
        (project / "trainlint.toml").write_text('ignore = ["TL601"]\n', encoding="utf-8")
        assert trainlint("check", "flawed.py").exit_code == 0
        assert trainlint("check", "flawed.py", "--isolated").exit_code == 1

    def test_config_names_the_settings_file(self, project: Path, trainlint: Trainlint) -> None:
        (project / "other.toml").write_text('level = "error"\n', encoding="utf-8")
        assert trainlint("check", "flawed.py", "--config", "other.toml").exit_code == 0
        assert trainlint("check", "flawed.py", "--config", "other.toml", "--level", "warning").exit_code == 1

    def test_an_unknown_rule_in_the_settings_names_key_and_file(
        self, project: Path, trainlint: Trainlint
    ) -> None:
        (project / "trainlint.toml").write_text('select = ["TL999x"]\n', encoding="utf-8")
        result = trainlint("check", "flawed.py")
        assert result.exit_code == 2
        assert "trainlint.toml: select: there is no rule 'TL999x'" in result.stderr

    def test_a_settings_file_that_is_not_there_is_status_2(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py", "--config", "gone.toml")
        assert result.exit_code == 2
        assert "gone.toml: cannot be read" in result.stderr

    def test_config_and_isolated_exclude_each_other(self, trainlint: Trainlint) -> None:
        assert trainlint("check", "--isolated", "--config", "x.toml").exit_code == 2


class TestFormats:
    def test_json_is_an_array_with_the_paths_as_seen_from_here(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--output-format", "json")
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        assert [(f["code"], f["path"], f["line"]) for f in found] == [("TL601", "flawed.py", 4)] * 2
        assert found[0]["column"] < found[1]["column"]

    def test_jsonl_is_one_finding_a_line(self, trainlint: Trainlint) -> None:
        lines = trainlint("check", "--output-format", "jsonl").stdout.splitlines()
        assert [json.loads(line)["code"] for line in lines] == ["TL601", "TL601"]

    def test_a_machine_format_says_nothing_else_on_standard_output(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "clean.py", "gone.py", "--output-format", "json")
        assert json.loads(result.stdout) == []
        assert result.exit_code == 2
        assert "gone.py" in result.stderr

    def test_statistics_count_instead_of_listing(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--statistics")
        assert result.exit_code == 1
        assert result.stdout.splitlines()[0] == "2 TL601 sigmoid-in-hidden-layer warning"
        counts = json.loads(trainlint("check", "--statistics", "--output-format", "json").stdout)
        assert [(c["code"], c["count"]) for c in counts] == [("TL601", 2)]

    def test_output_file_takes_the_whole_report(self, project: Path, trainlint: Trainlint) -> None:
        result = trainlint("check", "--output-file", "report.txt")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "TL601" in (project / "report.txt").read_text(encoding="utf-8")

    def test_an_output_file_that_cannot_be_written_is_status_2(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "--output-file", "no/such/dir/report.txt")
        assert result.exit_code == 2
        assert "no/such/dir/report.txt: cannot be written" in result.stderr


class TestColour:
    def test_none_in_a_pipe(self, trainlint: Trainlint) -> None:
        assert "\x1b" not in trainlint("check", "flawed.py").stdout

    def test_force_color_asks_for_it_and_no_color_wins(
        self, trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        # CliRunner strips nothing that the program writes itself
        assert "\x1b[" in trainlint("check", "flawed.py").stdout
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b" not in trainlint("check", "flawed.py").stdout


class TestStandardInput:
    def test_it_stands_for_the_file_that_is_named(self, trainlint: Trainlint) -> None:
        result = trainlint(
            "check", "-", "--stdin-filename", "new.py", "--output-format", "json", stdin=FLAWED
        )
        assert result.exit_code == 1, result.output
        assert {f["path"] for f in json.loads(result.stdout)} == {"new.py"}

    def test_it_wins_over_the_file_on_disk(self, trainlint: Trainlint) -> None:
        assert trainlint("check", "-", "--stdin-filename", "flawed.py", stdin=CLEAN).exit_code == 0

    def test_a_config_is_known_by_its_name(self, trainlint: Trainlint) -> None:
        result = trainlint(
            "check", "-", "--stdin-filename", "a.yaml", "--output-format", "json", stdin="lr: 1\nlr: 2\n"
        )
        assert [(f["code"], f["path"], f["line"]) for f in json.loads(result.stdout)] == [
            ("TL051", "a.yaml", 2)
        ]

    def test_without_a_name_it_is_python(self, trainlint: Trainlint) -> None:
        assert "stdin.py:4" in trainlint("check", "-", stdin=FLAWED).stdout

    def test_a_name_without_a_dash_among_paths_is_a_mistake(self, trainlint: Trainlint) -> None:
        assert trainlint("check", "flawed.py", "--stdin-filename", "x.py").exit_code == 2


LATER = (["--plugins"],)


@pytest.mark.parametrize("flags", LATER, ids=lambda flags: flags[0])
def test_flags_of_later_releases_parse_and_say_so(trainlint: Trainlint, flags: list[str]) -> None:
    result = trainlint("check", "flawed.py", *flags)
    assert result.exit_code == 2
    assert flags[0] in result.stderr
    assert "later release" in result.stderr
    assert result.stdout == ""


def test_no_cache_and_jobs_are_accepted(trainlint: Trainlint) -> None:
    assert trainlint("check", "clean.py", "--no-cache", "--jobs", "2").exit_code == 0
    assert trainlint("check", "clean.py", "--jobs", "0").exit_code == 2


class TestInternalErrors:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaks(*_: object, **__: object) -> None:
            raise KeyError("planted")

        monkeypatch.setattr(trainlint.run.Run, "files", breaks)

    @pytest.mark.usefixtures("broken")
    def test_a_message_no_traceback_and_status_2(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py")
        assert result.exit_code == 2
        assert "internal error: KeyError: 'planted'" in result.stderr
        assert "Traceback" not in result.output

    @pytest.mark.usefixtures("broken")
    def test_machine_formats_still_write_a_document(self, trainlint: Trainlint) -> None:
        result = trainlint("check", "flawed.py", "--output-format", "json")
        assert (result.exit_code, result.stdout) == (2, "[]\n")

    @pytest.mark.usefixtures("broken")
    def test_debug_shows_where(self, trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRAINLINT_DEBUG", "1")
        assert "Traceback" in trainlint("check", "flawed.py").stderr

    def test_a_program_on_which_trainlint_fails_is_a_finding_and_status_2(
        self, trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*_: object) -> None:
            raise ZeroDivisionError("planted")

        monkeypatch.setattr(trainlint_engine, "evaluate_file", breaks)
        result = trainlint("check", "flawed.py", "--output-format", "json")
        assert result.exit_code == 2
        assert codes(result.stdout) == ["TL999"]
        assert result.stderr.count("internal error: ZeroDivisionError: planted") == 1


trainlint_engine = trainlint.run


class TestBadInput:
    def test_each_bad_file_is_a_finding_and_the_rest_goes_on(
        self, project: Path, trainlint: Trainlint
    ) -> None:
        (project / "syntax.py").write_text("import torch\ndef f(:\n", encoding="utf-8")
        (project / "junk.py").write_bytes(bytes(range(256)))
        (project / "tabs.yaml").write_text("train:\n\tlr: 0.1\n", encoding="utf-8")
        (project / "empty.py").write_text("", encoding="utf-8")
        paths = ("syntax.py", "junk.py", "tabs.yaml", "empty.py", "flawed.py")
        result = trainlint("check", *paths, "--output-format", "json")
        assert result.exit_code == 1, result.output
        found = {(f["code"], f["path"]) for f in json.loads(result.stdout)}
        assert found == {
            ("TL000", "syntax.py"),
            ("TL000", "junk.py"),
            ("TL058", "tabs.yaml"),
            ("TL601", "flawed.py"),
        }

    def test_a_module_that_cannot_be_read_is_as_one_from_outside(
        self, project: Path, trainlint: Trainlint
    ) -> None:
        (project / "plugin.py").write_text(
            "# -*- coding: known_to_a_plugin -*-\nlearn = 1\n", encoding="utf-8"
        )
        (project / "user.py").write_text(
            "import torch\nfrom plugin import learn\n\nlearn(torch.nn.Linear(2, 2))\n", encoding="utf-8"
        )
        result = trainlint("check", "plugin.py", "user.py", "--output-format", "json")
        assert [(f["code"], f["path"]) for f in json.loads(result.stdout)] == [("TL000", "plugin.py")]

    def test_a_file_s_name_may_be_anything(self, project: Path, trainlint: Trainlint) -> None:
        names = (b"two\nlines.py", b"\xff\xfe.py", "学習.py".encode())
        try:
            for name in names:
                (project / os.fsdecode(name)).write_text(FLAWED, encoding="utf-8")
        except OSError:
            pytest.skip("this file system refuses such names")
        result = trainlint("check", ".", "--output-format", "json")
        assert result.exit_code == 1, result.output
        paths = {finding["path"] for finding in json.loads(result.stdout)}
        assert paths == {"flawed.py", r"two\nlines.py", r"\udcff\udcfe.py", "学習.py"}
        assert trainlint("check", ".").exit_code == 1
