"""joblib: functions that run in processes of their own, and results that are kept on the disk.

Source: https://joblib.readthedocs.io (1.4)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("joblib")
MOST_TASKS = 4
"""Tasks that are followed: their siblings do the same with other parts of the data."""


@LIBRARY.function("joblib.delayed", "joblib.parallel.delayed")
def _delayed(run: Interpreter, args: Args) -> Value:
    """`delayed(f)(*args, **kwargs)` is a task: the function and what it is to be called with."""
    function = args.positional[0] if args.positional else Unknown("a task")

    def task(run: Interpreter, given: Args) -> Value:
        if given.open:
            return Unknown("a task")
        return TupleValue([function, TupleValue(given.positional), DictValue.of(given.keywords)])

    return Native("joblib.delayed", task)


class ParallelClass(LibraryClass):
    """`Parallel(n_jobs=4)(tasks)` runs them here, one after another; one that trains stands for its siblings."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native("joblib.Parallel", _run_all) if name == "__call__" else None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return _run_all(run, args)


def _run_all(run: Interpreter, args: Args) -> Value:
    tasks = args.bind("iterable").get("iterable", Unknown("tasks")).iterate(run)
    values = tasks.values if tasks.exact or tasks.fresh is None else [tasks.fresh()]
    results: list[Value] = []
    for task in values[:MOST_TASKS]:
        optimizers = len(run.program.optimizers)
        results.append(_result(run, task))
        if len(run.program.optimizers) > optimizers:
            break
    return ListValue(results, open=not tasks.exact or len(results) < len(values))


def _result(run: Interpreter, task: Value) -> Value:
    if not (isinstance(task, TupleValue) and len(task.elements) == 3):
        return Unknown("a task's result")
    function, listed, named = task.elements
    given = listed.elements if isinstance(listed, TupleValue) else []
    words = named.strings() if isinstance(named, DictValue) else {}
    return run.call(function, Args(list(given), words))


class MemoryClass(LibraryClass):
    """`Memory(folder).cache(f)` gives what f gives."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native("joblib.Memory.cache", _cached) if name == "cache" else None


def _cached(run: Interpreter, args: Args) -> Value:
    given = args.bind("func").get("func")
    return Native("joblib.Memory.cache", _cached) if given is None or isinstance(given, Const) else given


LIBRARY.add(ParallelClass("joblib.Parallel"), "joblib.parallel.Parallel")
LIBRARY.add(MemoryClass("joblib.Memory"), "joblib.memory.Memory")
