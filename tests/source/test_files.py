from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainlint.source.files import MAX_PYTHON_BYTES, SourceReader
from trainlint.source.problem import OutsideRoots, Unreadable


def _reader(root: Path, **overlays: bytes) -> SourceReader:
    return SourceReader([root], root, {root / name: data for name, data in overlays.items()})


def _reason(root: Path, name: str) -> str:
    with pytest.raises(Unreadable) as caught:
        _reader(root).text(root / name)
    return caught.value.reason


def test_reads_once_and_shows_paths_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    file = tmp_path / "pkg" / "a.py"
    file.write_text("x = 1\n")
    reader = _reader(tmp_path)
    assert reader.text(file) == "x = 1\n"
    file.write_text("x = 2\n")
    assert reader.read(file) == b"x = 1\n"
    assert reader.display(file) == "pkg/a.py"
    assert reader.display(Path("/elsewhere/b.py")) == "/elsewhere/b.py"
    assert reader.listdir(tmp_path) == ["pkg"]
    assert reader.is_dir(tmp_path / "pkg")
    assert not reader.is_dir(file)


def test_relative_paths_start_at_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "conf.yaml").write_text("a: 1")
    assert _reader(tmp_path).text(Path("conf.yaml")) == "a: 1"
    assert _reader(tmp_path).exists(Path("conf.yaml"))


def test_nothing_outside_the_roots_is_read_not_even_through_links(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.yaml").write_text("a: 1")
    (inside / "link.yaml").symlink_to(outside / "secret.yaml")
    reader = _reader(inside)
    for path in (inside / "link.yaml", inside / ".." / "out" / "secret.yaml"):
        assert not reader.exists(path)
        with pytest.raises(OutsideRoots):
            reader.text(path)
    assert reader.listdir(outside) == []


def test_a_root_does_not_open_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "proj").mkdir()
    (tmp_path / "project2.yaml").write_text("a: 1")
    assert not SourceReader([tmp_path / "proj"], tmp_path).exists(tmp_path / "project2.yaml")


def test_overlays_win_over_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    reader = SourceReader([tmp_path], tmp_path, {tmp_path / "a.py": b"x = 2", tmp_path / "new.py": b"y = 3"})
    assert reader.text(tmp_path / "a.py") == "x = 2"
    assert reader.exists(tmp_path / "new.py")
    assert reader.text(tmp_path / "new.py") == "y = 3"


def test_encodings(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\ns = 'é'\n".encode("latin-1"))
    (tmp_path / "bom.py").write_bytes("s = 'é'\n".encode("utf-8-sig"))
    (tmp_path / "wide.yaml").write_bytes("a: é\n".encode("utf-16"))
    reader = _reader(tmp_path)
    assert reader.text(tmp_path / "latin.py").splitlines()[1] == "s = 'é'"
    assert reader.text(tmp_path / "bom.py") == "s = 'é'\n"
    assert reader.text(tmp_path / "wide.yaml") == "a: é\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("x = 1\n".encode("utf-16"), "is UTF-16 text"),
        (b"x = 1\0\n", "null bytes"),
        (b"# coding: no-such-codec\nx = 1\n", "encoding that does not exist"),
        (b"# coding: punycode\nx = 1\n", "no encoding of source text"),
        (b"# coding: rot13\nx = 1\n", "rot13"),
        (b"x = 1\ny = '\xe9'\n", "byte 0xe9 on line 2"),
        (bytes(range(128, 256)) * 20, "is no UTF-8 text"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.py").write_bytes(data)
    assert words in _reason(tmp_path, "a.py")


def test_what_is_no_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "folder.py").mkdir()
    with open(tmp_path / "huge.py", "wb") as stream:
        stream.truncate(MAX_PYTHON_BYTES + 1)
    assert _reason(tmp_path, "pipe.py") == "is no regular file"
    assert _reason(tmp_path, "folder.py") == "is a directory"
    assert "too large" in _reason(tmp_path, "huge.py")
    assert _reason(tmp_path, "missing.py") == "does not exist"
    assert "symbolic links" in _reason(tmp_path, "loop.py")
    assert "outside" in _reason(tmp_path, "nul\0.py")
