"""Write a project, mend it, and see what became of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trainlint.fixing import Fixed, fix_paths
from trainlint.settings import Settings

Mend = Callable[..., Fixed]


@pytest.fixture
def mend(tmp_path: Path) -> Mend:
    """Write files (name -> text or bytes) and run all fixes over them."""

    def run(files: dict[str, str | bytes], *, unsafe: bool = True, codes: set[str] | None = None) -> Fixed:
        for name, content in files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return fix_paths([tmp_path], tmp_path, Settings(base=tmp_path), unsafe=unsafe, codes=codes)

    return run


def text_of(fixed: Fixed, name: str) -> str:
    """What a file became; fails where it was not changed."""
    found = {path.name: data for path, data in fixed.after.items()}
    return found[name].decode()
