"""The process that the user's program runs in: confines itself, sets up the observers, and becomes the program."""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
import time
import types
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainlint.probe.codec import to_json
from trainlint.probe.script.confinement import isolate
from trainlint.probe.script.record import Record, Spot
from trainlint.probe.script.watch.base import Stop, Watch
from trainlint.probe.script.watch.imports import AfterImport
from trainlint.probe.script.watch.lines import Lines
from trainlint.probe.script.watch.places import Places
from trainlint.probe.script.watch.program import Program

if TYPE_CHECKING:
    from trainlint.probe.script.guard import Shadow

GRACE = 1.5
"""Seconds that a program has to end after it was told to; handlers and `finally` blocks run in this time."""


class Child:
    """settings: command (kind, target, arguments), steps, deadline (seconds), network, scratch, size, ask, lines, own, record
    (descriptor that takes the record)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        os.set_inheritable(settings["record"], False)
        self.isolation: tuple[str, ...] = ()
        self.shadow: Shadow | None = None
        self.written = threading.Lock()
        self.done = False
        self.watch = Watch(
            settings["steps"], Places(tuple(settings["own"])), frozenset(settings["ask"]), self.finish
        )
        wanted = {path: frozenset(lines) for path, lines in settings["lines"].items()}
        self.lines = Lines(wanted)
        self.program = Program(self.watch, self.lines)

    def run(self) -> None:
        """Confine the process, run the program, write the record, and end without ceremony."""
        self.isolation, self.shadow = isolate(self.settings)
        sys.meta_path.insert(0, AfterImport("torch", self._attach))
        threading.Thread(target=self._deadline, daemon=True).start()
        try:
            self.lines.start()
            try:
                self._become()
            finally:
                self.lines.stop()
            self.finish("ended")
        except Stop:
            pass
        except SystemExit as end:
            failed = end.code not in (None, 0)
            self.finish("raised" if failed else "ended", f"SystemExit: {end.code}" if failed else "")
        except BaseException as error:
            self._raised(error)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    # -- the program

    def _become(self) -> None:
        command = self.settings["command"]
        kind, target = command["kind"], command["target"]
        if kind == "module":
            sys.argv = [target, *command["arguments"]]
            _first_on_path(os.getcwd())
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        elif kind == "code":
            sys.argv = ["-c", *command["arguments"]]
            _first_on_path("")
            main = types.ModuleType("__main__")
            sys.modules["__main__"] = main
            exec(compile(target, "<string>", "exec"), main.__dict__)
        else:
            sys.argv = [target, *command["arguments"]]
            _first_on_path(os.path.dirname(os.path.realpath(target)))
            runpy.run_path(target, run_name="__main__")

    def _attach(self, torch: Any) -> None:
        self.program.attach(torch)
        if self.shadow is not None:
            from trainlint.probe.script.guard import guard_torch

            guard_torch(self.shadow, torch)

    def _raised(self, error: BaseException) -> None:
        """The program failed: say how, and let it show its traceback as it would have."""
        import traceback

        traceback.print_exception(error)
        spot = Spot()
        for frame in traceback.extract_tb(error.__traceback__):
            path = self.watch.places._path(frame.filename)
            if path:
                spot = Spot(path, frame.lineno or 0)
        text = f"{type(error).__name__}: {error}".split("\n")[0]
        self.finish("raised", text[:500], spot)

    def _deadline(self) -> None:
        """Ends the process when its time is over, or when it does not end though it was told to."""
        end = time.monotonic() + self.settings["deadline"]
        while not self.watch.stopping and time.monotonic() < end:
            time.sleep(0.05)
        if self.watch.stopping:
            with self.written:  # being written: wait
                pass
            time.sleep(GRACE)
        else:
            self.finish("timed out")
        os._exit(0)

    # -- the record

    def finish(self, outcome: str, error: str = "", spot: Spot = Spot()) -> None:  # noqa: B008
        """Write the record, once."""
        with self.written:
            if self.done:
                return
            self.done = True
            record = self.program.record(outcome, error, spot)
            self._write(replace(record, isolation=self.isolation, last_step_at=self.watch.stopped_at))

    def _write(self, record: Record) -> None:
        with open(self.settings["record"], "wb", closefd=True) as pipe:
            pipe.write(json.dumps(to_json(record)).encode())


def _first_on_path(directory: str) -> None:
    """Put the program's directory where Python would have put it, in place of ours."""
    if sys.path and os.path.realpath(sys.path[0] or ".") == os.path.dirname(os.path.realpath(__file__)):
        sys.path[0] = directory
    elif not sys.flags.safe_path:
        sys.path.insert(0, directory)


def main(settings: Mapping[str, Any]) -> None:
    """Run the program that the settings name."""
    Child(settings).run()
