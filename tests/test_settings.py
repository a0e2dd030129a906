from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trainlint.model import Level, Option, Rule
from trainlint.settings import Settings, SettingsError, load_settings

KNOWN = {
    rule.code: rule
    for rule in (
        Rule("TL001", "missing-zero-grad", Level.ERROR, "Loop"),
        Rule(
            "TL401", "learning-rate-too-large", Level.ERROR, "Rate", options={"factor": Option(10.0, "times")}
        ),
        Rule("TL402", "learning-rate-too-small", Level.WARNING, "Rate", preview=True),
    )
}


def _load(root: Path, text: str, name: str = "trainlint.toml", **options: Any) -> Settings:
    (root / name).write_text(text)
    return load_settings([root], root, KNOWN, **options)


def _selected(settings: Settings) -> list[str]:
    return [code for code, rule in KNOWN.items() if settings.selects(rule)]


def test_without_a_file_every_rule_but_preview_runs(tmp_path: Path) -> None:
    settings = load_settings([tmp_path], tmp_path, KNOWN)
    assert _selected(settings) == ["TL001", "TL401"]
    assert (settings.level, settings.source) == (Level.WARNING, None)


def test_every_key_is_read(tmp_path: Path) -> None:
    text = """
select = ["TL4"]
extend-select = ["missing-zero-grad"]
ignore = ["TL402"]
level = "advice"
exclude = ["a"]
extend-exclude = ["b"]
include = ["*.py"]
respect-gitignore = false
roots = ["src"]
preview = true
jobs = 2
[per-file-ignores]
"tests/**" = ["learning-rate-too-large"]
[rules.TL401]
factor = 3
[configs]
"train.py" = ["a.yaml", "b.yaml"]
"eval.py" = "c.yaml"
"""
    settings = _load(tmp_path, text)
    assert settings == Settings(
        select=("TL4",),
        extend_select=("TL001",),
        ignore=("TL402",),
        level=Level.ADVICE,
        exclude=("a",),
        extend_exclude=("b",),
        include=("*.py",),
        respect_gitignore=False,
        roots=("src",),
        preview=True,
        jobs=2,
        per_file_ignores={"tests/**": ("TL401",)},
        rules={"TL401": {"factor": 3}},
        configs={"train.py": ("a.yaml", "b.yaml"), "eval.py": ("c.yaml",)},
        base=tmp_path,
        source=tmp_path / "trainlint.toml",
    )
    assert settings.options_for(KNOWN["TL401"]) == {"factor": 3}
    assert Settings().options_for(KNOWN["TL401"]) == {"factor": 10.0}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('select = ["TL4"]', ["TL401"]),
        ('select = ["ALL"]\nignore = ["TL4"]', ["TL001"]),
        ('select = ["TL401"]\nignore = ["TL4"]', ["TL401"]),
        ('select = ["TL4"]\nignore = ["TL401"]', []),
        ('ignore = ["learning-rate-too-large"]', ["TL001"]),
        ('extend-select = ["TL402"]', ["TL001", "TL401", "TL402"]),
        ("preview = true", ["TL001", "TL401", "TL402"]),
        ('select = ["missing-zero-grad"]', ["TL001"]),
        ('ignore = ["ALL"]', []),
    ],
)
def test_the_closest_selector_decides(tmp_path: Path, text: str, codes: list[str]) -> None:
    assert _selected(_load(tmp_path, text)) == codes


def test_per_file_ignores_are_relative_to_the_settings(tmp_path: Path) -> None:
    settings = _load(tmp_path, '[per-file-ignores]\n"tests/**" = ["TL4"]\n"old_*.py" = ["ALL"]\n')
    assert settings.ignored_in(tmp_path / "tests" / "a" / "b.py", "TL401")
    assert not settings.ignored_in(tmp_path / "tests" / "a.py", "TL001")
    assert settings.ignored_in(tmp_path / "x" / "old_1.py", "TL001")
    assert not settings.ignored_in(tmp_path / "a.py", "TL401")


def test_the_nearest_file_above_the_paths_holds(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "pkg" / "sub" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "pkg" / "pyproject.toml").write_text("[tool.trainlint]\njobs = 3\n")
    (tmp_path / "trainlint.toml").write_text("jobs = 9\n")
    file = tmp_path / "pkg" / "sub" / "a.py"
    assert load_settings([file, tmp_path / "pkg" / "b.py"], tmp_path, KNOWN).jobs == 3
    assert load_settings([], tmp_path, KNOWN).jobs == 9
    (tmp_path / ".trainlint.toml").write_text("jobs = 4\n")
    assert load_settings([tmp_path], tmp_path, KNOWN).jobs == 4
    assert load_settings([file], tmp_path, KNOWN, isolated=True).jobs is None
    assert load_settings([file], tmp_path, KNOWN, config=Path("trainlint.toml")).jobs == 9


def test_the_command_line_overrides(tmp_path: Path) -> None:
    settings = _load(tmp_path, 'select = ["TL001"]\njobs = 2').override(
        KNOWN, select=("learning-rate-too-large",), jobs=None, level=Level.ERROR
    )
    assert (settings.select, settings.jobs, settings.level) == (("TL401",), 2, Level.ERROR)
    with pytest.raises(SettingsError, match=r"the command line: --ignore: there is no rule 'TL9'"):
        settings.override(KNOWN, ignore=("TL9",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('selct = ["TL401"]', "trainlint.toml: selct: there is no such setting (did you mean 'select'?)"),
        ('extend_select = ["TL401"]', "did you mean 'extend-select'?"),
        ('select = "TL401"', "select: expected a list of strings, got 'TL401'"),
        ('ignore = ["TL4O1"]', "ignore: there is no rule 'TL4O1' (did you mean 'TL401'?)"),
        ('ignore = ["tl401"]', "there is no rule 'tl401' (did you mean 'TL401'?)"),
        ('ignore = [""]', "there is no rule ''"),
        ("level = 'fatal'", "level: expected one of 'advice', 'warning', 'error', got 'fatal'"),
        ("jobs = 0", "jobs: expected a whole number of at least 1, got 0"),
        ("jobs = true", "jobs: expected a whole number of at least 1, got true"),
        ("preview = 1", "preview: expected true or false, got 1"),
        ("rules = 1", "rules: expected a table, got 1; write [rules]"),
        ("rules.TL9.x = 1", "rules.TL9: there is no such rule"),
        ("rules.TL401.facto = 1", "has no such option (did you mean 'factor'?); it has factor"),
        ("rules.TL001.x = 1", "it has none"),
        ("rules.TL401.factor = 'x'", "rules.TL401.factor: expected a number, got 'x'; the default is 10.0"),
        ("per-file-ignores.x = ['NO']", "per-file-ignores.\"x\": there is no rule 'NO'"),
        ("configs.x = 3", "expected a list of strings, got 3"),
        ("x = = 1", "trainlint.toml: is no valid TOML"),
    ],
)
def test_errors_name_the_key_and_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert words in str(caught.value)


def test_errors_name_the_table_of_a_pyproject(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"pyproject.toml: tool.trainlint.jobs: "):
        _load(tmp_path, "[tool.trainlint]\njobs = -1", "pyproject.toml")


def test_a_named_file_must_be_there_and_readable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone.toml: cannot be read"):
        load_settings([], tmp_path, KNOWN, config=Path("gone.toml"))
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"no valid TOML"):
        load_settings([], tmp_path, KNOWN, config=Path("broken.toml"))


def test_another_tools_broken_pyproject_stops_nothing(tmp_path: Path) -> None:
    assert _load(tmp_path, "[tool.black\n", "pyproject.toml").source is None
