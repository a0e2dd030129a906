"""A whole run: one failure never stops the rest, findings of every file, suppressions, levels, unsaved buffers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainlint.checks import load_rules
from trainlint.checks.api import Check, Options, registered
from trainlint.engine import Result, check_paths
from trainlint.libraries import all_libraries
from trainlint.model import Finding, Level
from trainlint.semantics.interpreter import Interpreter
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Value
from trainlint.settings import Settings

LOOP = """\
    opt = torch.optim.SGD(net.parameters(), lr={lr})
    for x, y in loader:
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward(){mark}
        opt.step()
"""
FLAWED = "import torch\nfrom torch import nn\n\n\ndef {name}(net: nn.Module, loader):\n" + LOOP
"""Gradients are never cleared (TL001)."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def flawed(name: str = "train", lr: str = "0.01", mark: str = "") -> str:
    return FLAWED.format(name=name, lr=lr, mark=mark)


def put(directory: Path, **files: str) -> None:
    """Write Python files by module name."""
    for name, text in files.items():
        (directory / f"{name}.py").write_text(text, encoding="utf-8")


def run(directory: Path, *paths: str, **changes: Any) -> Result:
    settings = Settings(base=directory).override(load_rules(), **changes)
    return check_paths(paths or (".",), directory, settings)


def codes(result: Result) -> list[tuple[str, str, int]]:
    return [(f.code, f.location.path, f.location.line) for f in result.findings]


class TestFailures:
    def test_a_failing_check_is_reported_and_the_rest_goes_on(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(project, a=flawed(), b=flawed(lr="1000.0"))

        def explode(*_: object) -> Iterator[Finding]:
            raise ZeroDivisionError("planted")
            yield

        load_rules()
        checks = registered()["TL401"]
        broken = [Check(c.rule, explode, c.subject, c.parameters) for c in checks]
        monkeypatch.setitem(registered(), "TL401", broken)  # type: ignore[arg-type]
        result = run(project)
        internal = [f for f in result.findings if f.code == "TL999"]
        assert internal
        assert all("TL401" in f.message and "ZeroDivisionError: planted" in f.message for f in internal)
        assert {(f.code, f.location.path) for f in result.findings} >= {("TL001", "a.py"), ("TL001", "b.py")}
        assert "ZeroDivisionError: planted" in result.failures[0]

    def test_a_failing_library_model_loses_one_call_only(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def explode(run: Interpreter, args: Args) -> Value:
            raise KeyError("planted")

        put(project, a="import torch\ntorch.manual_seed(0)\n" + flawed())
        tables = [
            lib.entries for lib in all_libraries() if "torch.manual_seed" in getattr(lib, "entries", {})
        ]
        monkeypatch.setitem(tables[0], "torch.manual_seed", Native("torch.manual_seed", explode))
        result = run(project)
        found = {(f.code, f.location.line) for f in result.findings}
        assert found == {("TL999", 2), ("TL001", 11)}
        assert any("KeyError" in text for text in result.failures)

    def test_a_file_that_does_not_parse_is_a_finding_of_its_own(self, project: Path) -> None:
        put(project, a="import torch\ndef f(:\n", b=flawed())
        (project / "c.py").write_bytes(b"\x00\x01\xff" * 99)
        (project / "d.yaml").write_text("lr: 1\n\tbad: 2\n", encoding="utf-8")
        found = codes(run(project, "a.py", "b.py", "c.py", "d.yaml"))
        assert ("TL000", "a.py", 2) in found
        assert ("TL001", "b.py", 9) in found
        assert {(code, path) for code, path, _ in found} >= {("TL000", "c.py"), ("TL058", "d.yaml")}

    def test_a_path_that_is_missing_is_a_problem_of_the_arguments(self, project: Path) -> None:
        put(project, a=flawed())
        result = run(project, "a.py", "nowhere.py")
        assert [p.location.path for p in result.argument_problems] == ["nowhere.py"]
        assert codes(result) == [("TL001", "a.py", 9)]


class TestFindings:
    def test_runs_repeat(self, project: Path) -> None:
        put(project, a=flawed(), b="from a import train\nfrom torch import nn\ntrain(nn.Linear(2, 1), [])\n")
        (project / "c.yaml").write_text("lr: 1e-3\nlr: 2\n", encoding="utf-8")
        first, second = run(project, level=Level.ADVICE), run(project, level=Level.ADVICE)
        assert first.findings
        assert first.findings == second.findings
        assert (first.hidden, first.suppressed) == (second.hidden, second.suppressed)

    def test_the_order_of_the_arguments_does_not_matter(self, project: Path) -> None:
        put(project, a=flawed(), b=flawed("other"))
        assert codes(run(project, "a.py", "b.py")) == codes(run(project, "b.py", "a.py"))

    def test_a_fault_in_an_imported_module_is_found_there_and_once(self, project: Path) -> None:
        put(project, engine=flawed())
        put(
            project,
            main="import torch\nfrom torch import nn\nfrom engine import train\n\n"
            "train(nn.Linear(4, 1), [(torch.zeros(2, 4), torch.zeros(2, 1))] * 9)\n",
            again="from main import train\n",
        )
        assert codes(run(project)) == [("TL001", "engine.py", 9)]
        assert codes(run(project, "main.py")) == [("TL001", "engine.py", 9)]

    def test_select_and_ignore(self, project: Path) -> None:
        put(project, a=flawed(lr="1000.0"))
        assert {c for c, *_ in codes(run(project))} == {"TL001", "TL401"}
        assert {c for c, *_ in codes(run(project, ignore=("TL0",)))} == {"TL401"}
        assert {c for c, *_ in codes(run(project, select=("TL001",)))} == {"TL001"}

    def test_ignores_by_file(self, project: Path) -> None:
        (project / "scripts").mkdir()
        put(project, a=flawed())
        put(project / "scripts", b=flawed())
        result = run(project, per_file_ignores={"scripts/*": ("TL001",)})
        assert codes(result) == [("TL001", "a.py", 9)]

    def test_levels_hide_and_count(self, project: Path) -> None:
        put(project, a=flawed(lr="1000.0"))
        everything = run(project, level=Level.ADVICE)
        for level in Level:
            result = run(project, level=level)
            expected = [f for f in everything.findings if f.level.rank >= level.rank]
            assert result.findings == expected
            assert sum(result.hidden.values()) == len(everything.findings) - len(expected)
        assert {f.level for f in everything.findings} >= {Level.ERROR}

    def test_options_of_a_rule_reach_its_check(self, project: Path) -> None:
        option = next(iter(load_rules()["TL401"].options))
        assert Options(load_rules()["TL401"], {option: 7})[option] == 7
        assert Options(load_rules()["TL401"])[option] == load_rules()["TL401"].options[option].default

    def test_excerpts_hold_the_lines_that_findings_point_at(self, project: Path) -> None:
        put(project, a=flawed())
        result = run(project)
        place = result.findings[0].location
        assert result.lines["a.py", None, place.line].strip() == "loss.backward()"


class TestSuppressions:
    @pytest.mark.parametrize(
        "mark", ["  # trainlint: ignore[TL001]", "  # trainlint: ignore", "  # noqa: TL001"]
    )
    def test_a_comment_silences_its_line(self, project: Path, mark: str) -> None:
        put(project, a=flawed(mark=mark))
        result = run(project)
        assert codes(result) == []
        assert result.suppressed == 1

    def test_a_comment_above_and_one_for_the_file(self, project: Path) -> None:
        text = flawed().replace(
            "        loss.backward()", "        # trainlint: ignore[TL001]\n        loss.backward()"
        )
        put(project, a=text, b="# trainlint: ignore-file[TL001]\n" + flawed("other"))
        result = run(project)
        assert codes(result) == []
        assert result.suppressed == 2

    def test_a_comment_in_an_imported_module_counts(self, project: Path) -> None:
        put(project, engine=flawed(mark="  # trainlint: ignore[TL001]"))
        put(
            project,
            main="import torch\nfrom engine import train\nfrom torch import nn\ntrain(nn.Linear(4, 1), [(torch.zeros(2, 4), torch.zeros(2, 1))] * 9)\n",
        )
        assert codes(run(project, "main.py")) == []

    def test_one_that_silences_nothing_is_reported(self, project: Path) -> None:
        put(
            project,
            a=flawed(mark="  # trainlint: ignore[TL001, TL701]"),
            b="import torch  # trainlint: ignore[TL401]\n",
        )
        assert codes(run(project)) == [("TL059", "a.py", 9), ("TL059", "b.py", 1)]

    def test_in_yaml(self, project: Path) -> None:
        text = "lr: 1\nlr: 2{mark}\nwd: 1{other}\n"
        path = project / "c.yaml"
        path.write_text(text.format(mark="", other=""), encoding="utf-8")
        assert codes(run(project)) == [("TL051", "c.yaml", 2)]
        path.write_text(text.format(mark="  # trainlint: ignore[TL051]", other=""), encoding="utf-8")
        assert codes(run(project)) == []
        path.write_text(text.format(mark="", other="  # trainlint: ignore[TL051]"), encoding="utf-8")
        assert codes(run(project)) == [("TL051", "c.yaml", 2), ("TL059", "c.yaml", 3)]

    def test_a_comment_of_a_rule_that_is_off_is_left_alone(self, project: Path) -> None:
        put(project, a=flawed(mark="  # trainlint: ignore[TL001]"))
        assert codes(run(project, ignore=("TL001",))) == []


class TestBuffers:
    def test_an_unsaved_buffer_takes_the_place_of_the_file(self, project: Path) -> None:
        put(project, a="import torch\n")
        settings = Settings(base=project)
        result = check_paths(["a.py"], project, settings, overlays={project / "a.py": flawed().encode()})
        assert codes(result) == [("TL001", "a.py", 9)]
        assert codes(run(project)) == []

    def test_a_buffer_that_is_not_on_disk(self, project: Path) -> None:
        settings = Settings(base=project)
        result = check_paths(["new.py"], project, settings, overlays={project / "new.py": flawed().encode()})
        assert codes(result) == [("TL001", "new.py", 9)]
        assert not (project / "new.py").exists()

    def test_the_saved_file_is_seen_by_others_as_the_buffer(self, project: Path) -> None:
        put(project, engine="def train(net, loader):\n    pass\n")
        put(
            project,
            main="import torch\nfrom engine import train\nfrom torch import nn\ntrain(nn.Linear(4, 1), [(torch.zeros(2, 4), torch.zeros(2, 1))] * 9)\n",
        )
        overlays = {project / "engine.py": flawed().encode()}
        result = check_paths(["."], project, Settings(base=project), overlays=overlays)
        assert codes(result) == [("TL001", "engine.py", 9)]


def test_progress_counts_every_program(project: Path) -> None:
    put(project, a=flawed(), b=flawed("other"))
    seen: list[tuple[int, int, str]] = []
    check_paths(["."], project, Settings(base=project), progress=lambda *step: seen.append(step))
    assert seen == [(0, 2, "a.py"), (1, 2, "b.py")]


class TestPlans:
    SIGMOIDS = "import torch\nfrom torch import nn\n\nnet = nn.Sequential(nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 3))\n"

    def planned(self, project: Path, level: Level = Level.WARNING, text: str = SIGMOIDS) -> Result:
        put(project, train=text + flawed("train").split("\n\n\n")[1])

        def plan(finding: Finding, subject: Any, program: Any) -> tuple[str, int]:
            return type(subject).__name__, len(program.graph.nodes)

        return check_paths([project], cwd=project, settings=Settings(base=project, level=level), plan=plan)

    def test_a_finding_with_an_experiment_is_planned_while_the_facts_stand(self, project: Path) -> None:
        result = self.planned(project)
        (key,) = result.plans
        assert key[0] == "TL601", "TL001 has no experiment"
        assert key in {(f.code, f.location) for f in result.findings}
        subject, nodes = result.plans[key]
        assert subject == "Program"
        assert nodes > 0

    def test_what_is_below_the_level_is_not_planned(self, project: Path) -> None:
        assert not self.planned(project, Level.ERROR).plans

    def test_nothing_is_planned_unless_asked(self, project: Path) -> None:
        put(project, train=self.SIGMOIDS)
        assert not check_paths([project], cwd=project, settings=Settings(base=project)).plans
