"""Replacing a file in one step: a reader sees the old contents or the new ones, never a part."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, expected: bytes) -> None:
    """Put new contents in a file's place, with its mode (and owner, where that is allowed); links are followed.

    expected: what the file must still hold: somebody else's change in between is never lost.

    Raises:
        OSError: it cannot be written, or holds something else by now; the file is then as it was.
    """
    target = Path(os.path.realpath(path))
    if target.read_bytes() != expected:
        raise OSError(0, "was changed by another program meanwhile", str(path))
    status = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(OSError):
            os.chown(name, status.st_uid, status.st_gid)
        os.chmod(name, stat.S_IMODE(status.st_mode))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
