"""Fetching: the pinned file and no other, unpacked once, counted."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from fake_package import TRAIN, make_wheel
from realcode.pins import Pin
from realcode.sources import FetchError, _wheel_tags, fetch, resolve, sha256, size


def test_a_pin_is_resolved_fetched_and_counted(index: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    pin = resolve("fakenet", "wheel", cache)
    assert pin == Pin("fakenet", "1.0", "wheel", "fakenet-1.0-py3-none-any.whl", pin.sha256)
    folder = fetch(pin, cache)
    assert (folder / "fakenet" / "train.py").read_text() == TRAIN
    counted = size(folder)
    assert (counted.python_files, counted.notebooks, counted.lines) == (2, 0, len(TRAIN.splitlines()))
    assert size(folder) == counted


def test_pip_refuses_a_file_with_another_hash(index: Path, tmp_path: Path) -> None:
    pin = Pin("fakenet", "1.0", "wheel", "fakenet-1.0-py3-none-any.whl", "0" * 64)
    with pytest.raises(FetchError, match=r"fakenet.*(?i:hash)"):
        fetch(pin, tmp_path / "cache")
    assert not (tmp_path / "cache" / "sources").exists()


def test_a_cached_file_that_was_changed_is_refused(index: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    pin = resolve("fakenet==1.0", "wheel", cache)
    (cache / "downloads" / pin.file).write_bytes(b"other")
    with pytest.raises(FetchError, match="SHA-256"):
        fetch(pin, cache)


def test_an_unknown_package_is_an_error_with_pips_words(index: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="nosuchnet: pip failed"):
        resolve("nosuchnet", "wheel", tmp_path)


def test_an_sdist_loses_its_top_folder(tmp_path: Path) -> None:
    archive = tmp_path / "downloads" / "fakenet-2.0.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as whole:
        for name in ("fakenet-2.0/examples/train.py", "fakenet-2.0/setup.py"):
            entry = tarfile.TarInfo(name)
            entry.size = len(TRAIN)
            whole.addfile(entry, io.BytesIO(TRAIN.encode()))
    folder = fetch(Pin("fakenet", "2.0", "sdist", archive.name, sha256(archive)), tmp_path)
    assert (folder / "examples" / "train.py").is_file()


def test_an_archive_that_climbs_out_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "downloads" / "fakenet-2.0.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as whole:
        whole.addfile(tarfile.TarInfo("../../outside.py"))
    with pytest.raises(FetchError, match="cannot be unpacked"):
        fetch(Pin("fakenet", "2.0", "sdist", archive.name, sha256(archive)), tmp_path)
    assert not (tmp_path / "sources" / "fakenet-2.0").exists()


def test_a_broken_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "fakenet", "1.0", {})
    archive = tmp_path / "downloads" / wheel.name
    archive.parent.mkdir()
    archive.write_bytes(wheel.read_bytes()[:50])
    pin = Pin("fakenet", "1.0", "wheel", wheel.name, sha256(archive))
    with pytest.raises(FetchError, match="cannot be unpacked"):
        fetch(pin, tmp_path)
    with pytest.raises(FetchError, match="SHA-256"):
        fetch(replace(pin, sha256=sha256(wheel)), tmp_path)
    assert list((tmp_path / "sources").iterdir()) == []


def test_wheels_for_other_machines_are_asked_for_by_their_tags() -> None:
    assert _wheel_tags("a-1.0-py3-none-any.whl") == []
    assert _wheel_tags("a-1.0.tar.gz") == []
    tags = _wheel_tags("a-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert tags == [
        "--platform",
        "manylinux_2_17_x86_64",
        "--platform",
        "manylinux2014_x86_64",
        "--implementation",
        "cp",
        "--python-version",
        "312",
        "--abi",
        "cp312",
    ]
