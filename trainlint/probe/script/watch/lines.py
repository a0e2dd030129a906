"""Which lines of the files that findings are about were executed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import Any


class Lines:
    """Traces the files asked about, and no others. wanted: real path -> lines."""

    def __init__(self, wanted: Mapping[str, frozenset[int]]) -> None:
        self.wanted = {path: set(lines) for path, lines in wanted.items() if lines}
        self.seen: dict[str, set[int]] = {path: set() for path in self.wanted}
        self._codes: dict[CodeType, str] = {}

    def start(self) -> None:
        """Begin, for this thread and those to come."""
        if self.wanted:
            threading.settrace(self._call)
            sys.settrace(self._call)

    def stop(self) -> None:
        """Stop tracing in this thread."""
        if self.wanted:
            threading.settrace(None)
            sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        path = self._codes.get(code)
        if path is None:
            path = os.path.realpath(code.co_filename)
            path = self._codes[code] = path if path in self.wanted else ""
        if not path:
            return None
        wanted = self.wanted[path]
        if not wanted:
            return None
        seen = self.seen[path]

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line" and frame.f_lineno in wanted:
                wanted.discard(frame.f_lineno)
                seen.add(frame.f_lineno)
                if not any(self.wanted.values()):
                    sys.settrace(None)
            return line

        return line
