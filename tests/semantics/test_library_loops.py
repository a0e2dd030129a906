"""Loops that a library runs: what the program's own functions see and leave in them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.evaluation import plain
from trainlint.facts.events import EventKind
from trainlint.libraries import all_libraries
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.programs import Evaluation
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.semantics.values import Args, Const, Value
from trainlint.source.files import SourceReader

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ENGINE = TableLibrary("engine")


@ENGINE.function("engine.run")
def _run(run: Interpreter, args: Args) -> Value:
    given = args.bind("function", "length")
    length = given["length"].value if isinstance(given.get("length"), Const) else None
    repeat(run, lambda number: _pass(run, given["function"]), length=length)
    return Const(None)


def _pass(run: Interpreter, function: Value) -> None:
    run.call(function, Args())
    run.event(EventKind.SCALER_UPDATE)


def evaluation(directory: Path, code: str) -> Evaluation:
    (directory / "train.py").write_text("import engine\n" + dedent(code))
    sources = Sources(SourceReader([directory], directory))
    source = sources.get(directory / "train.py")
    made = Evaluation(Project(sources, source.path), source, (ENGINE, *all_libraries()))
    made.whole()
    return made


@pytest.mark.parametrize(("length", "passes"), [("None", [0, 1]), ("5", [0, 1]), ("1", [0]), ("0", [])])
def test_two_passes_stand_for_all(tmp_path: Path, length: str, passes: list[int]) -> None:
    program = evaluation(tmp_path, f"engine.run(lambda: None, {length})").program
    events = program.events_of(EventKind.SCALER_UPDATE)
    assert [event.loops[-1].number for event in events] == passes
    assert all(event.location.line == 2 for event in events)


def test_loops_nest(tmp_path: Path) -> None:
    program = evaluation(tmp_path, "engine.run(lambda: engine.run(lambda: None))").program
    inner = [event for event in program.events_of(EventKind.SCALER_UPDATE) if len(event.loops) == 2]
    assert len(inner) == 4
    assert all(event.loops[1].loop.parent is event.loops[0].loop for event in inner)


def test_a_number_that_changes_from_pass_to_pass_is_not_known_after(tmp_path: Path) -> None:
    code = """
    class Counter:
        def __init__(self):
            self.n, self.fixed, self.seen = 0, 3, []
        def tick(self):
            self.n += 1
            self.seen.append(self.fixed)
    counter = Counter()
    engine.run(counter.tick)
    n, fixed, seen = counter.n, counter.fixed, counter.seen
    """
    names = evaluation(tmp_path, code).module.namespace
    assert plain(names["n"]) == "<unknown>"
    assert plain(names["fixed"]) == 3
    assert names["seen"].open  # type: ignore[attr-defined]  # a list


def test_one_pass_leaves_numbers_known(tmp_path: Path) -> None:
    code = """
    total = []
    engine.run(lambda: total.append(1), 1)
    """
    names = evaluation(tmp_path, code).module.namespace
    assert plain(names["total"]) == [1]
