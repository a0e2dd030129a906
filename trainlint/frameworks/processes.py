"""Functions that run in processes or threads of their own: what they do is what the program does.

Each is followed once, where it is started, as the first worker runs it: its siblings do the same with other ranks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.library import LIBRARY as TORCH
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("multiprocessing", "multiprocess", "threading", "torch_xla", "concurrent",
                       usual={"Process": "multiprocessing.Process", "Thread": "threading.Thread"})  # fmt: skip
_STARTED = "functions that were started"


class WorkerClass(LibraryClass):
    """`Process(target=f, args=(...))`: start() runs `f(...)`, or the method run() of a local class."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind("group", "target", "name", "args", "kwargs").items():
            run.write(instance.attrs, f"_{name}", value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "start":
            return Native(f"{self.qualname}.start", lambda r, args: _start(r, instance))
        if name == "run":
            return Native(f"{self.qualname}.run", lambda r, args: _target(r, instance))
        if name in ("join", "close", "terminate", "kill"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))
        return Unknown(f"{name} of a process")


def _start(run: Interpreter, instance: Instance) -> Value:
    target = instance.attrs.get("_target", instance.cls)
    if _first(run, target):
        run.call_method(instance, "run")
    return Const(None)


def _first(run: Interpreter, target: Value) -> bool:
    """Whether no sibling runs the same: a loop starts one of each rank."""
    started: dict[object, Value] = run.memo.setdefault(_STARTED, {})
    function = getattr(target, "function", target)
    key = (getattr(function, "node", function), run.here)
    new = key not in started
    if new:
        run.write(started, key, target)
    return new


def _target(run: Interpreter, instance: Instance) -> Value:
    target = instance.attrs.get("_target")
    if target is not None:
        run.call(target, _arguments(run, [], instance.attrs.get("_args"), instance.attrs.get("_kwargs")))
    return Const(None)


def _arguments(run: Interpreter, before: list[Value], listed: Value | None, named: Value | None) -> Args:
    """Arguments given as a tuple and a dictionary; what of them is not known may hold anything."""
    items = listed.iterate(run) if listed is not None else None
    mapping = named if isinstance(named, DictValue) else None
    exact = (items is None or items.exact) and (named is None or (mapping is not None and not mapping.open))
    texts = dict(mapping.strings()) if mapping is not None else {}
    return Args([*before, *(items.values if items is not None else [])], texts, not exact)


for _name in ("multiprocessing.Process", "multiprocessing.context.Process", "threading.Thread"):
    LIBRARY.add(WorkerClass(_name))
TORCH.add(WorkerClass("torch.multiprocessing.Process"))
LIBRARY.alias("multiprocess", "multiprocessing")


class ContextClass(LibraryClass):
    """`multiprocessing.get_context("spawn")` has the same classes."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return run.library_name(f"multiprocessing.{name}")


LIBRARY.add(ContextClass("multiprocessing.get_context"))
TORCH.add(ContextClass("torch.multiprocessing.get_context"))


@TORCH.function("torch.multiprocessing.spawn", "torch.multiprocessing.start_processes")
@LIBRARY.function("torch_xla.distributed.xla_multiprocessing.spawn", "torch_xla.launch")
def spawn(run: Interpreter, args: Args) -> Value:
    """`spawn(f, args=(), nprocs=1)` calls `f(rank, *args)`.

    https://docs.pytorch.org/docs/stable/multiprocessing.html#torch.multiprocessing.spawn.spawn
    """
    given = args.bind("fn", "args", "nprocs")
    function = given.get("fn", Unknown("the function that spawn() runs"))
    run.call(function, _arguments(run, [Const(0)], given.get("args"), None))
    return Unknown("what spawn() returns")


# -- concurrent.futures: what is submitted is run at once


class FutureClass(LibraryClass):
    """A future, and the result of a pool's task; `data` is what the function returned, `given` the method that gives it."""

    __slots__ = ("given",)

    def __init__(self, qualname: str, given: str) -> None:
        super().__init__(qualname)
        self.given = given

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == self.given and isinstance(instance.data, Value):
            result = instance.data
            return Native(f"{self.qualname}.{name}", lambda r, args: result)
        if name in _ASKED:
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return None

    def of(self, run: Interpreter, result: Value) -> Instance:
        """A future whose function has returned this."""
        made = Instance(self, run.here)
        made.data = result
        return made


_ASKED = frozenset(
    {
        "done",
        "running",
        "cancelled",
        "exception",
        "cancel",
        "add_done_callback",
        "wait",
        "ready",
        "successful",
    }
)
FUTURE = FutureClass("concurrent.futures.Future", "result")
LIBRARY.add(FUTURE)
RESULT = FutureClass("multiprocessing.pool.AsyncResult", "get")
LIBRARY.add(RESULT)


class ExecutorClass(LibraryClass):
    """ThreadPoolExecutor and ProcessPoolExecutor: `submit(f, *args)` runs `f(*args)`, `map` as the builtin."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "submit":
            return Native("Executor.submit", _submitted)
        if name == "map":
            return Native("Executor.map", _mapped)
        return Native("Executor.shutdown", lambda r, args: Const(None)) if name == "shutdown" else None


def _submitted(run: Interpreter, args: Args) -> Value:
    rest = Args(args.positional[1:], args.keywords, args.open)
    return FUTURE.of(run, run.call(args.positional[0], rest) if args.positional else Unknown("a task"))


def _mapped(run: Interpreter, args: Args) -> Value:
    """`map(f, items)`; with several iterables only that they are run is known."""
    if len(args.positional) != 2:
        run.escape_args(args, "Executor.map")
        return Unknown("Executor.map()")
    function, items = args.positional[0], args.positional[1].iterate(run)
    return ListValue([run.call(function, Args([value])) for value in items.values], open=not items.exact)


for _name in ("ThreadPoolExecutor", "ProcessPoolExecutor"):
    LIBRARY.add(
        ExecutorClass(f"concurrent.futures.{_name}"),
        f"concurrent.futures.thread.{_name}",
        f"concurrent.futures.process.{_name}",
    )


# -- pools of workers: what they are given is run at once

MOST_TASKS = 4
"""Elements of a mapped sequence that are followed: its workers do the same with other parts of the data."""


class PoolClass(LibraryClass):
    """`Pool(4)`: `map`, `starmap`, `apply` and their kin run the function here.

    https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool
    """

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("processes", "initializer", "initargs")
        prepare = given.get("initializer")
        if prepare is not None and not (isinstance(prepare, Const) and prepare.value is None):
            run.call(prepare, _arguments(run, [], given.get("initargs"), None))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("close", "join", "terminate"):
            return Native(f"Pool.{name}", lambda r, args: Const(None))
        task, later = _TASKS.get(name.removesuffix("_async")), name.endswith("_async")
        if task is None:
            return None
        return Native(f"Pool.{name}", lambda r, args: RESULT.of(r, task(r, args)) if later else task(r, args))


def _applied(run: Interpreter, args: Args) -> Value:
    """`apply(f, args=(), kwds={})`"""
    given = args.bind("func", "args", "kwds")
    arguments = _arguments(run, [], given.get("args"), given.get("kwds"))
    return run.call(given.get("func", Unknown("a task")), arguments)


def _each(run: Interpreter, args: Args, spread: bool = False) -> Value:
    """`map(f, items)` and `starmap(f, items)`"""
    given = args.bind("func", "iterable", "chunksize")
    function = given.get("func", Unknown("a task"))
    items = given.get("iterable", Unknown("tasks")).iterate(run)
    values = items.values if items.exact or items.fresh is None else [items.fresh()]
    done = [
        run.call(function, _arguments(run, [], value, None) if spread else Args([value]))
        for value in values[:MOST_TASKS]
    ]
    return ListValue(done, open=not items.exact or len(values) > MOST_TASKS)


def _spread(run: Interpreter, args: Args) -> Value:
    return _each(run, args, spread=True)


_TASKS = {
    "apply": _applied,
    "map": _each,
    "imap": _each,
    "imap_unordered": _each,
    "starmap": _spread,
}

for _name in ("Pool", "pool.Pool", "pool.ThreadPool", "dummy.Pool"):
    LIBRARY.add(PoolClass(f"multiprocessing.{_name}"))
    TORCH.add(PoolClass(f"torch.multiprocessing.{_name}"))
