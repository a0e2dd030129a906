"""Where the user's own code stands on the stack."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType

from trainlint.probe.script.record import Spot

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Places:
    """Finds the innermost frame of the user's code. own: directories that are the user's even below site-packages."""

    def __init__(self, own: tuple[str, ...]) -> None:
        paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        self._libraries = tuple(os.path.join(path, "") for path in paths if path)
        self._own = tuple(os.path.join(os.path.realpath(path), "") for path in own)
        self._known: dict[str, str] = {}

    def here(self) -> Spot:
        """The place in the user's code that led here; an empty one where there is none."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            path = self._path(frame.f_code.co_filename)
            if path:
                return Spot(path, frame.f_lineno)
            frame = frame.f_back
        return Spot()

    def _path(self, name: str) -> str:
        """The real path of a file of the user's, else ""."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._look(name)
        return known

    def _look(self, name: str) -> str:
        if name.startswith(("<", _OURS)):
            return ""
        path = os.path.realpath(name)
        library = (
            name.startswith(self._libraries)
            or path.startswith(self._libraries)
            or not _INSTALLED.isdisjoint(
                path.split(os.sep)
            )  # of another interpreter, by a .pth file or PYTHONPATH
        )
        deepest = [own for own in self._own if path.startswith(own)]
        if library and not any("site-packages" in own or "dist-packages" in own for own in deepest):
            return ""
        return path
