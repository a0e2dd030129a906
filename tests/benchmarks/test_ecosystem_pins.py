"""packages.toml: what is committed is complete, and what is wrong is said by file and package."""

from __future__ import annotations

from pathlib import Path

import pytest
from realcode.pins import Pin, PinError, choose, read, write

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
# Kept for independent evaluation, so never part of what the rules are tuned on.
HELD_OUT = {"timm", "torchtune", "axolotl", "stable-baselines3"}
ASKED_FOR = {
    "torchvision", "lightning", "transformers", "accelerate", "monai", "kornia", "ultralytics", "speechbrain",
    "pytorch-ignite", "fastai", "diffusers", "sentence-transformers",
}  # fmt: skip


def pin(name: str, version: str = "1.0") -> Pin:
    return Pin(name, version, "sdist", f"{name}-{version}.tar.gz", "0" * 64)


def test_the_committed_pins_hold_what_was_asked_for_and_nothing_held_out() -> None:
    names = {each.name for each in read(BENCHMARKS / "packages.toml")}
    assert len(names) >= 20
    assert names >= ASKED_FOR
    assert not names & HELD_OUT


def test_committed_pins_name_a_file_of_that_version_with_a_full_hash() -> None:
    for each in read(BENCHMARKS / "packages.toml"):
        assert each.version in each.file, each
        assert each.file.endswith(".whl") == (each.kind == "wheel"), each
        assert len(each.sha256) == 64 and int(each.sha256, 16), each


def test_pins_are_written_sorted_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "packages.toml"
    write(path, [pin("zeta"), pin("alpha")])
    assert [each.name for each in read(path)] == ["alpha", "zeta"]
    assert read(tmp_path / "none.toml") == []


def test_wrong_pins_are_named(tmp_path: Path) -> None:
    path = tmp_path / "packages.toml"
    path.write_text('[[package]]\nname = "alpha"\nversion = "1"\n')
    with pytest.raises(PinError, match=r"package 1 \(alpha\) lacks kind, file, sha256"):
        read(path)
    path.write_text("[[package]\n")
    with pytest.raises(PinError, match=r"packages\.toml"):
        read(path)
    write(path, [Pin("alpha", "1", "egg", "alpha-1.egg", "0" * 64)])
    with pytest.raises(PinError, match="kind is 'egg'"):
        read(path)


def test_only_keeps_the_order_asked_for_and_refuses_unknown_names() -> None:
    pins = [pin("alpha"), pin("beta"), pin("gamma")]
    assert choose(pins, None) == pins
    assert [each.name for each in choose(pins, "gamma, alpha")] == ["gamma", "alpha"]
    with pytest.raises(PinError, match="not pinned: delta"):
        choose(pins, "alpha,delta")
