"""The one thread that checks. It stops what it does when something newer comes, and rests when nothing is to be done."""

from __future__ import annotations

import gc
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from trainlint.result import Result
from trainlint.semantics.budget import Interrupted
from trainlint.server.project import Project

T = TypeVar("T")
IDLE = 3.0
"""Seconds of rest after which memory is tidied: cycles of old trees, which would cost a keystroke a tenth of a second."""
YOUNG = 2_000_000
"""Containers made since the last look for garbage after which the young ones are looked at though nobody rests: some 250 MB."""
SWEEPS = 30
"""Such looks after which all are looked at."""
REST = 0.4
"""Seconds without a change after which the young ones are looked at: nobody waits then."""

Publish = Callable[[Project, Result, bool], None]
"""Called in the worker's thread with what was found; the flag says whether every program was looked at."""


class Worker(threading.Thread):
    """Checks projects after their last change has rested for a moment, and does jobs in between."""

    def __init__(self, publish: Publish, failed: Callable[[str], None]) -> None:
        super().__init__(name="trainlint-worker", daemon=True)
        self._publish = publish
        self._failed = failed
        self._condition = threading.Condition()
        self._jobs: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._projects: list[Project] = []
        self._closing = False
        self._tidy_at: float | None = None
        self._sweeps = 0
        self._young = False

    # -- from other threads

    def add(self, project: Project) -> None:
        """A project to be checked from now on."""
        with self._condition:
            self._projects.append(project)

    def remove(self, project: Project) -> None:
        """A folder is gone."""
        with self._condition:
            self._projects = [other for other in self._projects if other is not project]
            self._release(project)

    def change(self, project: Project, change: Callable[[Project], None], delay: float) -> None:
        """Something of a project changes: a running check of it ends, the next begins after `delay` seconds of rest."""
        with self._condition:
            change(project)
            project.want(delay)
            self._condition.notify_all()

    def settled(self, project: Project) -> Future[None]:
        """Done when the findings of all changes so far are there (of one program at least)."""
        future: Future[None] = Future()
        with self._condition:
            if project.due is None and not project.changed and not project.unsettled and project.result:
                future.set_result(None)
            else:
                project.waiting.append(future)
        return future

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Have something done in this thread, before any check goes on."""
        future: Future[T] = Future()
        with self._condition:
            self._jobs.append((job, future))
            self._condition.notify_all()
        return future

    def close(self) -> None:
        """End the thread; what it does now is given up."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
            for _, future in self._jobs:
                future.cancel()
            for project in self._projects:
                self._release(project)
        if self.is_alive() and threading.current_thread() is not self:
            self.join(timeout=5)

    # -- the thread

    def run(self) -> None:
        """Until it is closed. Garbage is looked for between checks only, never while somebody waits."""
        gc.disable()
        while True:
            with self._condition:
                while not self._closing and not self._jobs and self._next() is None:
                    self._condition.wait(self._pause())
                    if self._tidy_at is not None and time.monotonic() >= self._tidy_at:
                        break
                if self._closing:
                    return
                jobs = list(self._jobs)
                self._jobs.clear()
                project = None if jobs else self._next()
            for job, future in jobs:
                self._do(job, future)
            if project is not None:
                self._check(project)
                self._tidy_at, self._young = time.monotonic() + REST, True
            elif not jobs:
                self._tidy()

    def _next(self) -> Project | None:
        now = time.monotonic()
        ready = [p for p in self._projects if p.due is not None and p.due <= now]
        return min(ready, key=lambda p: p.due or 0.0, default=None)

    def _pause(self) -> float | None:
        times = [p.due for p in self._projects if p.due is not None]
        times += [self._tidy_at] if self._tidy_at is not None else []
        return max(min(times) - time.monotonic(), 0.0) if times else None

    def _do(self, job: Callable[[], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(job())
        except Exception as error:
            future.set_exception(error)

    def _check(self, project: Project) -> None:
        """Take in what changed, and check: first by one program, then everything."""
        with self._condition:
            project.due = None
            edited = project.apply()
            project.unsettled |= edited

        def stop() -> bool:
            return self._closing or bool(self._jobs) or project.changed

        try:
            if len(project.unsettled) == 1 and edited:
                first = project.workspace.quick(next(iter(edited)), stop)
                if first is not None:
                    self._found(project, first, False)
            result = project.workspace.check(stop)
        except Interrupted:
            if project.due is None:  # a job wanted the thread: go on afterwards
                project.want(0.0)
        except Exception as error:
            project.workspace.reset()
            self._failed("".join(traceback.format_exception(error)))
            self._release(project)
        else:
            project.unsettled.clear()
            self._found(project, result, True)

    def _found(self, project: Project, result: Result, settled: bool) -> None:
        project.result, project.findings = result, result.findings
        self._publish(project, result, settled)
        if not project.changed:
            self._release(project)
        self._sweep()

    def _release(self, project: Project) -> None:
        waiting, project.waiting = project.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _sweep(self) -> None:
        """Look for garbage once something was shown, if enough has come together."""
        if gc.get_count()[0] > YOUNG:
            self._sweeps += 1
            gc.collect(2 if self._sweeps % SWEEPS == 0 else 1)

    def _tidy(self) -> None:
        """Drop what cycles hold; what is there now is not looked at again until the next time."""
        if self._young:
            self._young = False
            self._tidy_at = time.monotonic() + IDLE
            gc.collect(1)
            return
        self._tidy_at = None
        gc.unfreeze()
        gc.collect()
        gc.freeze()
