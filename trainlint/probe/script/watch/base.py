"""What all observers share: the count of steps, the way to stop, and the rule that watching never breaks a program."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from trainlint.probe.script.watch.places import Places

R = TypeVar("R")

SWALLOWS = 3
"""So often a program may catch the exception that stops it; then the process ends the hard way."""

_TROUBLES = 5


class Stop(BaseException):
    """Ends the program after the steps asked for. No `Exception`, so that `except Exception` lets it pass."""


class Watch:
    """State of one run.

    steps_wanted: of the optimizer that steps most often. ask: codes of the rules whose findings are to be looked at.
    closed: hooks see nothing. enough: no steps are to be expected, and what there is was seen. finish: called once, after the last step, in the process of the program; it writes the record.
    """

    def __init__(
        self, steps_wanted: int, places: Places, ask: frozenset[str], finish: Callable[[str], None]
    ) -> None:
        self.steps_wanted = steps_wanted
        self.places = places
        self.ask = ask
        self.step = 0
        self.cost = 0.0
        self.began = time.perf_counter()
        self.first_step_at: float | None = None
        self.last_step_at: float | None = None
        self.stopped_at: float | None = None
        self.stopping = False
        self.closed = False
        self.enough = False
        self.raised = 0
        self.trouble: list[str] = []
        self._finish = finish
        self._process = os.getpid()
        self._busy = False  # what an observer itself computes is not observed

    @property
    def active(self) -> bool:
        """Whether this is the program itself: loader workers are copies of it, and are left alone."""
        return os.getpid() == self._process

    def observing(self, observe: Callable[..., R]) -> Callable[..., R | None]:
        """An observer as a hook: not called in other processes nor when all is over; its time is counted, and its
        failures are noted and go no further."""

        @functools.wraps(observe)
        def hook(*args: Any, **kwargs: Any) -> R | None:
            if self.closed or self._busy or not self.active:
                return None
            if self.stopping:
                self.halt()
            began = time.perf_counter()
            self._busy = True
            try:
                return observe(*args, **kwargs)
            except Exception as error:
                self.note(f"{observe.__qualname__}: {type(error).__name__}: {error}")
                return None
            finally:
                self._busy = False
                self.cost += time.perf_counter() - began

        return hook

    def note(self, text: str) -> None:
        """Note that watching failed."""
        if len(self.trouble) < _TROUBLES and text not in self.trouble:
            self.trouble.append(text)

    def stepped(self, steps: int) -> None:
        """An optimizer has made so many steps by now. Raises Stop after those asked for."""
        now = time.perf_counter()
        if self.first_step_at is None:
            self.first_step_at = now
        self.last_step_at = now
        self.step = max(self.step, steps)
        if self.step >= self.steps_wanted:
            self.end()

    def end(self) -> None:
        """All that was asked for has been seen: have the record written, and raise Stop."""
        if not self.stopping:
            self.stopped_at = time.monotonic()
            self._finish("stopped")
            self.stopping, self.closed = True, False
        self.halt()

    def halt(self) -> None:
        """Raise Stop; where that was swallowed before, end the process."""
        self.raised += 1
        if self.raised > SWALLOWS:
            os._exit(0)  # the record is written; no handler, no atexit, nothing saved
        raise Stop(f"trainlint stops the program after {self.step} steps")
