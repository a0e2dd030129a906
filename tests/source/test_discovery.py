from __future__ import annotations

from pathlib import Path

import pytest

from trainlint.source.discovery import Discovery, DiscoveryOptions, discover

TRAINING = "import torch\n"
CONFIG = "learning_rate: 0.1\n"


def _tree(root: Path, *names: str, **contents: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents.get(name, CONFIG if path.suffix in (".yaml", ".yml") else TRAINING))


def _names(found: Discovery, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found.files]


def test_a_walk_takes_our_kinds_of_files_sorted(tmp_path: Path) -> None:
    _tree(tmp_path, "b.py", "a/c.py", "conf/t.yaml", "conf/u.yml", "n.ipynb", "README.md", "stub.pyi")
    assert _names(discover(["."], cwd=tmp_path), tmp_path) == [
        "a/c.py",
        "b.py",
        "conf/t.yaml",
        "conf/u.yml",
        "n.ipynb",
    ]


def test_a_walk_skips_environments_builds_and_caches(tmp_path: Path) -> None:
    _tree(
        tmp_path,
        "a.py",
        ".venv/x.py",
        "env/pyvenv.cfg",
        "env/x.py",
        "lib/site-packages/x.py",
        "build/x.py",
        "p.egg-info/x.py",
        "build.py",
    )
    assert _names(discover(["."], cwd=tmp_path), tmp_path) == ["a.py", "build.py"]


def test_named_files_and_directories_win_over_excludes(tmp_path: Path) -> None:
    _tree(tmp_path, "build/x.py", "ignored/y.py", ".gitignore", ".git/HEAD")
    (tmp_path / ".gitignore").write_text("ignored/\n")
    found = discover(["build/x.py", "ignored"], cwd=tmp_path)
    assert _names(found, tmp_path) == ["build/x.py", "ignored/y.py"]


def test_gitignore_files_nest_and_negate(tmp_path: Path) -> None:
    _tree(
        tmp_path,
        ".git/HEAD",
        "gen_a.py",
        "sub/gen_b.py",
        "sub/keep/gen_c.py",
        "out/x.py",
        "local/z.py",
        "t.py",
    )
    (tmp_path / ".gitignore").write_text("gen_*.py\n/out/\n")
    (tmp_path / "sub" / "keep" / ".gitignore").write_text("!gen_*.py\n")
    (tmp_path / ".git" / "info").mkdir()
    (tmp_path / ".git" / "info" / "exclude").write_text("local/\n")
    assert _names(discover(["."], cwd=tmp_path), tmp_path) == ["sub/keep/gen_c.py", "t.py"]
    assert _names(discover(["sub"], cwd=tmp_path), tmp_path) == ["sub/keep/gen_c.py"]
    everything = discover(["."], DiscoveryOptions(respect_gitignore=False), tmp_path)
    assert len(everything.files) == 6


def test_settings_patterns(tmp_path: Path) -> None:
    _tree(tmp_path, "src/a.py", "src/legacy/b.py", "docs/c.py", "build/d.py", "src/old_e.py")
    extended = DiscoveryOptions(extend_exclude=("src/legacy", "docs", "old_*.py"))
    assert _names(discover(["."], extended, tmp_path), tmp_path) == ["src/a.py"]
    replaced = DiscoveryOptions(exclude=("src",))
    assert _names(discover(["."], replaced, tmp_path), tmp_path) == ["build/d.py", "docs/c.py"]
    included = DiscoveryOptions(include=("src/*.py",))
    assert _names(discover(["."], included, tmp_path), tmp_path) == ["src/a.py", "src/old_e.py"]


def test_a_walk_takes_configs_that_may_hold_training_settings_only(tmp_path: Path) -> None:
    files = {
        "train.json": '{"lr": 0.1}',
        "data.json": '[{"lr": 1}]',
        "plain.json": '{"colour": 1}',
        "package.json": '{"train": 1}',
        "x.schema.json": '{"lr": 1}',
        "conf.toml": "[optim]\nlr = 1",
        "pyproject.toml": "[optim]\nlr = 1",
        ".pre-commit-config.yaml": "lr: 1",
        "uv.lock": "lr",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "huge.json").write_text('{"lr": "' + "x" * 1_000_001 + '"}')
    assert _names(discover(["."], cwd=tmp_path), tmp_path) == ["conf.toml", "train.json"]
    assert _names(discover(["data.json", "pyproject.toml"], cwd=tmp_path), tmp_path) == [
        "data.json",
        "pyproject.toml",
    ]


def test_what_leads_nowhere_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    _tree(tmp_path, "a.py")
    (tmp_path / "model.pt").write_bytes(b"\0")
    found = discover(["gone.py", "a.py", "*.nothing", "model.pt", "x\0y"], cwd=tmp_path)
    assert _names(found, tmp_path) == ["a.py"]
    said = [(problem.location.path, problem.message) for problem in found.problems]
    assert said[:2] == [("gone.py", "does not exist"), ("*.nothing", "matches no file")]
    assert said[2][0] == "model.pt"
    assert "no Python, notebook" in said[2][1]
    assert said[3] == ("x\\x00y", "does not exist")


def test_globs(tmp_path: Path) -> None:
    _tree(tmp_path, "a/x.py", "a/b/y.py", "a/z.yaml", ".venv/v.py")
    assert _names(discover(["**/*.py"], cwd=tmp_path), tmp_path) == ["a/b/y.py", "a/x.py"]
    assert _names(discover(["a/*"], cwd=tmp_path), tmp_path) == ["a/b/y.py", "a/x.py", "a/z.yaml"]
    assert _names(discover([tmp_path / "a" / "[xz].*"], cwd=tmp_path), tmp_path) == ["a/x.py", "a/z.yaml"]
    assert discover(["gone/*.py"], cwd=tmp_path).problems[0].message == "matches no file"


def test_globs_do_not_follow_links_in_circles(tmp_path: Path) -> None:
    _tree(tmp_path, "a/x.py")
    for name in ("one", "two", "three"):
        (tmp_path / "a" / name).symlink_to(tmp_path)
    assert _names(discover(["**/*.py"], cwd=tmp_path), tmp_path) == ["a/x.py"]


def test_links_are_safe_and_files_come_once(tmp_path: Path) -> None:
    _tree(tmp_path, "a/x.py")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "same.py").symlink_to(tmp_path / "a" / "x.py")
    (tmp_path / "broken.py").symlink_to(tmp_path / "nowhere.py")
    found = discover([".", "a/x.py", tmp_path / "a"], cwd=tmp_path)
    assert len(found.files) == 1
    assert found.files[0].resolve() == (tmp_path / "a" / "x.py").resolve()
    assert found.problems == []


@pytest.mark.parametrize("pattern", ["[z-a", "a/[", "***/x", "!"])
def test_malformed_patterns_do_no_harm(tmp_path: Path, pattern: str) -> None:
    _tree(tmp_path, "a.py", ".gitignore")
    (tmp_path / ".gitignore").write_text(pattern + "\n")
    options = DiscoveryOptions(extend_exclude=(pattern,))
    assert _names(discover(["."], options, tmp_path), tmp_path) == ["a.py"]
