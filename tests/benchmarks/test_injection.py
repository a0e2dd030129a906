# ruff: noqa: E402
from __future__ import annotations

import ast
import json
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "benchmarks" / "injection").is_dir():
    pytest.skip("a source distribution carries no benchmarks", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from benchmarks.injection.lint import Finding, Linter
from benchmarks.injection.lookup import batch_sizes, key_path, rates
from benchmarks.injection.mutation import HEALTHY, Mutation, Route, mutations
from benchmarks.injection.project import Edit, Project, Span
from benchmarks.injection.report import Outcome, render_healthy, render_misses, render_table
from benchmarks.injection.run import CORPUS, chosen, corpus, judge, mutated, quiet, reached, run_program

PROGRAMS = corpus()
BY_NAME = {p.name: p for p in PROGRAMS}
PLANTED_IN = {p.name: mutations(p) for p in PROGRAMS}
RULES = [
    *("TL000", "TL001", "TL002", "TL003", "TL004", "TL005", "TL010", "TL050", "TL051", "TL058", "TL059"),
    *("TL201", "TL202", "TL401", "TL402", "TL501", "TL502", "TL601", "TL603", "TL604", "TL605", "TL606"),
    *("TL607", "TL614", "TL701", "TL703", "TL704", "TL801", "TL802", "TL803", "TL804"),
    *("TL006", "TL007", "TL008", "TL012", "TL013", "TL014"),
]


def project(**files: str) -> Project:
    return Project(
        "p", {name.replace("_py", ".py").replace("_yaml", ".yaml"): text for name, text in files.items()}
    )


def found_of(code: str, program: Project) -> list[Mutation]:
    return [m for m in PLANTED_IN[program.name] if m.code == code]


def test_the_corpus_is_large_and_mostly_of_several_files() -> None:
    assert len(PROGRAMS) >= 26
    assert sum(len(p.texts) > 1 for p in PROGRAMS) >= len(PROGRAMS) / 2
    assert all(len(f.tree.body) > 0 or f.path.endswith("__init__.py") for p in PROGRAMS for f in p.python)


def test_quiet_scripts_say_what_they_are() -> None:
    assert len(quiet()) >= 14
    assert all(ast.get_docstring(p.python[0].tree) and not p.mentions("trainlint") for p in quiet())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_every_mutation_changes_the_program_and_leaves_code_that_parses(program: Project) -> None:
    planted = PLANTED_IN[program.name]
    assert planted
    for mutation in planted:
        texts = mutated(program, mutation)
        changed = {path for path in texts if texts[path] != program.texts[path]}
        assert changed == {e.path for e in mutation.edits}
        if mutation.code == "TL000":
            with pytest.raises(SyntaxError):
                ast.parse(texts[mutation.edits[0].path])


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_planted_in_five_programs_or_more(code: str) -> None:
    assert len([p for p in PROGRAMS if found_of(code, p)]) >= 5


def test_half_of_the_mutations_are_far_from_the_script() -> None:
    routes = [m.route for p in PROGRAMS for m in chosen(p) if m.code != HEALTHY]
    assert sum(r != Route.HERE for r in routes) >= len(routes) / 2


def test_damaged_configs_do_not_load() -> None:
    loaders = {".yaml": yaml.safe_load, ".yml": yaml.safe_load, ".json": json.loads, ".toml": tomllib.loads}
    for program in PROGRAMS:
        for mutation in found_of("TL058", program):
            path = mutation.edits[0].path
            loaders[Path(path).suffix](program.texts[path])
            with pytest.raises((yaml.YAMLError, ValueError)):
                loaders[Path(path).suffix](mutated(program, mutation)[path])


def test_a_number_planted_as_text_is_text_to_the_loader() -> None:
    program = BY_NAME["reviews_lstm"]
    (mutation,) = found_of("TL050", program)
    assert yaml.safe_load(mutated(program, mutation)["config.yaml"])["train"]["lr"] == "15e-4"


def test_a_rate_stays_a_number_wherever_it_is_written() -> None:
    program = BY_NAME["leaf_trainer"]
    planted = [mutated(program, mutation)["conf/base.yaml"] for mutation in found_of("TL401", program)]
    assert [yaml.safe_load(text)["optimizer"]["lr"] for text in planted] == [9.0, 1000.0]


@pytest.mark.parametrize(
    ("name", "path", "optimizer", "momentum"),
    [
        ("bike_dest", "bikes/cli.py", "Adam", False),
        ("factory_audio", "run.yaml", "SGD", True),
        ("tabular_churn", "churn/options.py", "AdamW", False),
        ("wine_notebook", "wine_quality.ipynb", "SGD", True),
        ("registry_points", "hparams.json", "Adam", False),
        ("plankton", "settings.toml", "AdamW", False),
    ],
)
def test_the_origin_of_a_rate(name: str, path: str, optimizer: str, momentum: bool) -> None:
    (rate,) = rates(BY_NAME[name])
    assert (rate.number.path, rate.optimizer, rate.momentum) == (path, optimizer, momentum)


def test_the_origin_of_a_batch_size_behind_spread_keywords() -> None:
    (number, _), *_ = batch_sizes(BY_NAME["leaf_trainer"])
    assert (number.path, number.value) == ("conf/base.yaml", 64.0)


def test_a_rate_that_a_schedule_carries_is_left_alone() -> None:
    assert not found_of("TL401", BY_NAME["noam_copy"])


def test_key_paths() -> None:
    assert key_path(ast.parse("float(cfg['train'].get('lr', 1))", mode="eval").body) == ("cfg", "train", "lr")
    assert key_path(ast.parse("f(x)", mode="eval").body) == ()


def test_a_lonely_statement_becomes_pass() -> None:
    program = project(a_py="if x:\n    f()\n")
    file = program.python[0]
    stmt = file.tree.body[0].body[0]  # type: ignore[attr-defined]
    assert program.apply((file.delete(stmt),))["a.py"] == "if x:\n    pass\n"


def test_edits_count_bytes_not_characters() -> None:
    program = project(a_py='é = "ü"; b = 1\n')
    file = program.python[0]
    edit = file.replace(file.tree.body[1].value, "2")  # type: ignore[attr-defined]
    assert program.apply((edit,))["a.py"] == 'é = "ü"; b = 2\n'


def test_a_notebook_survives_the_round_trip(tmp_path: Path) -> None:
    program = BY_NAME["wine_notebook"]
    program.write(program.texts, tmp_path)
    before = json.loads((CORPUS / "wine_notebook" / "wine_quality.ipynb").read_text())
    assert json.loads((tmp_path / "wine_quality.ipynb").read_text()) == before


def finding(code: str, path: str, line: int, level: str = "error") -> Finding:
    return Finding(code, level, "", ((path, line),))


PLANTED = Mutation("TL401", "x", (Edit("a.py", 0, 1, "9"),), (Span("a.py", 3, 4),), Route.HERE)


def test_found_needs_the_rule_the_place_and_news() -> None:
    assert judge(PLANTED, [], [finding("TL401", "a.py", 4)], 0).found
    assert not judge(PLANTED, [], [finding("TL402", "a.py", 4)], 0).found
    assert not judge(PLANTED, [finding("TL401", "a.py", 9)], [finding("TL401", "a.py", 3)], 0).found
    wrong_place = judge(PLANTED, [], [finding("TL401", "a.py", 40)], 0)
    assert wrong_place.misplaced and not wrong_place.found


def test_a_related_place_counts() -> None:
    chain = Finding("TL401", "error", "", (("train.py", 80), ("a.py", 3)))
    assert judge(PLANTED, [], [chain], 0).found


def test_what_else_appeared_is_kept() -> None:
    outcome = judge(
        PLANTED, [], [finding("TL001", "b.py", 1, "error"), finding("TL607", "b.py", 1, "advice")], 0
    )
    assert [o.split()[0] for o in outcome.others] == ["TL001"]


def test_a_healthy_change_must_stay_silent() -> None:
    change = Mutation(HEALTHY, "x", (Edit("a.py", 0, 1, "9"),), (), Route.HERE)
    silent, loud = judge(change, [], [], 0), judge(change, [], [finding("TL001", "a.py", 1)], 0)
    assert silent.found and not loud.found
    assert render_healthy({"p": [silent, loud]}).startswith("Healthy variants: 2, with 1 errors and warnings")
    assert reached({"p": []}, {"p": [Outcome(PLANTED, True), loud]})


def test_the_target_needs_clean_originals_and_four_fifths() -> None:
    hit, miss = Outcome(PLANTED, True), Outcome(PLANTED, False)
    assert reached({"p": []}, {"p": [hit] * 4 + [miss]})
    assert not reached({"p": []}, {"p": [hit] * 3 + [miss]})
    assert not reached({"p": [finding("TL501", "a.py", 1, "warning")]}, {"p": [hit]})


def test_the_report_names_misses_and_counts_by_route() -> None:
    outcomes = {"p": [Outcome(PLANTED, True), Outcome(PLANTED, False)]}
    assert "| TL401 | 1 | 1/2 (50%) | 1/2 (50%) | - |" in render_table(outcomes)
    assert "TL401 p: x (a.py): not found" in render_misses(outcomes)


@pytest.fixture(scope="module")
def linter() -> Linter:
    return Linter(ROOT)


def test_nothing_is_found_in_healthy_programs(linter: Linter, tmp_path: Path) -> None:
    for program in [*PROGRAMS, *quiet()]:
        before, _ = run_program(program, [], tmp_path / program.name, linter)
        assert [str(f) for f in before if f.level != "advice"] == [], program.name


def test_a_sample_of_the_faults_is_found(linter: Linter, tmp_path: Path) -> None:
    """Every fifteenth: the whole run is the benchmark."""
    sample: dict[str, list[Mutation]] = {}
    planted = [(p.name, m) for p in PROGRAMS for m in chosen(p) if m.code != HEALTHY]
    for name, mutation in planted[::15]:
        sample.setdefault(name, []).append(mutation)
    outcomes = {n: run_program(BY_NAME[n], some, tmp_path / n, linter)[1] for n, some in sample.items()}
    assert reached({}, outcomes), render_misses(outcomes)
