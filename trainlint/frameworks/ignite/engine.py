"""Engine: a step for every batch, handlers before and after (ignite.engine.engine)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.frameworks.ignite.library import LIBRARY
from trainlint.semantics.amounts import Whole
from trainlint.semantics.definitions import BoundMethod, FunctionValue
from trainlint.semantics.joins import optional
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue, present
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NAMES = (
    "STARTED", "EPOCH_STARTED", "ITERATION_STARTED", "GET_BATCH_STARTED", "GET_BATCH_COMPLETED", "ITERATION_COMPLETED",
    "EPOCH_COMPLETED", "COMPLETED", "EXCEPTION_RAISED", "DATALOADER_STOP_ITERATION", "INTERRUPT", "TERMINATE",
    "TERMINATE_SINGLE_EPOCH",
)  # fmt: skip
ALWAYS = ""
_NONE = Const(None)


class EventClass(LibraryClass):
    """A member of `Events`: data is the names that it stands for and whether it comes only sometimes."""

    __slots__ = ()

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        """`Events.EPOCH_COMPLETED(every=3)`: at some of these events; every=1 is at all."""
        every = args.keywords.get("every")
        always = isinstance(every, Const) and every.value == 1
        return made_event(run, instance.data[0], instance.data[1] or not always)

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op != "|" or not isinstance(other, Instance) or not isinstance(other.cls, EventClass):
            return None
        return made_event(run, instance.data[0] | other.data[0], instance.data[1] or other.data[1])


EVENT = LIBRARY.add(EventClass("ignite.EventEnum"))


def made_event(run: Interpreter, names: frozenset[str], sometimes: bool = False) -> Instance:
    """An event as handlers are attached to it."""
    made = Instance(EVENT, run.here)
    made.data = names, sometimes
    return made


class EventsClass(LibraryClass):
    """`ignite.engine.Events`: its members by name."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in NAMES:
            return made_event(run, frozenset({name}))
        return Unknown(f"Events.{name}")


LIBRARY.add(EventsClass("ignite.Events"))


class StateClass(LibraryClass):
    """`engine.state`: what is not kept in its attributes is not known."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("metrics", "times"):
            value: Value = DictValue(open=True)
            run.write(instance.attrs, name, value)
            return value
        if name in ("iteration", "epoch"):  # counted from 1
            return Whole(f"engine.state.{name}", least=1)
        return Unknown(f"engine.state.{name}")


STATE = LIBRARY.add(StateClass("ignite.State"))


class EngineClass(LibraryClass):
    """Engine(process_function). data: the step, as a function of engine and batch."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        step = args.bind("process_function").get("process_function", _NONE)
        fill(run, instance, lambda r, batch: r.call(step, Args([instance, batch])))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            return Native(f"ignite.engine.Engine.{name}", lambda r, args: method(r, instance, args))
        if name in ("logger", "should_terminate"):
            return Unknown(f"engine.{name}")
        return None


Step = Callable[["Interpreter", Value], Value]
ENGINE = LIBRARY.add(EngineClass("ignite.Engine"), "ignite.DeterministicEngine")


def fill(run: Interpreter, instance: Instance, step: Step) -> None:
    """Make an engine of a step."""
    instance.data = step
    run.write(instance.attrs, "state", Instance(STATE, run.here))
    run.write(instance.attrs, "<handlers>", TupleValue([]))


def engine_of(run: Interpreter, step: Step) -> Instance:
    """A new engine."""
    made = Instance(ENGINE, run.here)
    fill(run, made, step)
    return made


def attach(run: Interpreter, engine: Instance, event: Value, handler: Value, args: Args) -> None:
    """Remember a handler with the arguments that follow the engine."""
    entry = TupleValue([event, handler, TupleValue(list(args.positional)), DictValue.of(dict(args.keywords))])
    known = _attached(engine)
    listed = [e if sure else optional(e) for e, sure in known]
    run.write(engine.attrs, "<handlers>", TupleValue([*listed, entry]))


def _attached(engine: Instance) -> list[tuple[TupleValue, bool]]:
    """The handlers of an engine, and whether each is sure to be attached: some are under conditions."""
    held = engine.attrs.get("<handlers>")
    lists = [held] if isinstance(held, TupleValue) else getattr(held, "alternatives", [])
    lists = [each for each in lists if isinstance(each, TupleValue)]
    found: dict[int, tuple[TupleValue, list[bool]]] = {}
    for each in lists:
        for given in each.elements:
            entry = present(given)
            if isinstance(entry, TupleValue):
                found.setdefault(id(entry), (entry, []))[1].append(entry is given)
    return [(entry, len(sure) == len(lists) and all(sure)) for entry, sure in found.values()]


def _add(run: Interpreter, engine: Instance, args: Args) -> Value:
    if len(args.positional) >= 2:
        attach(run, engine, args.positional[0], args.positional[1], Args(args.positional[2:], args.keywords))
    return Unknown("a handler's removal")


def _on(run: Interpreter, engine: Instance, args: Args) -> Value:
    event = args.positional[0] if args.positional else _NONE

    def decorate(r: Interpreter, more: Args) -> Value:
        handler = more.positional[0] if more.positional else _NONE
        attach(r, engine, event, handler, Args(args.positional[1:], args.keywords))
        return handler

    return Native("ignite.engine.Engine.on", decorate)


def _run(run: Interpreter, engine: Instance, args: Args) -> Value:
    """`engine.run(data, max_epochs, epoch_length)`: epochs, in them batches, around both the handlers."""
    given = args.bind("data", "max_epochs", "epoch_length")
    data = given.get("data", _NONE)
    epochs = given.get("max_epochs", Const(1))
    length = epochs.value if isinstance(epochs, Const) and isinstance(epochs.value, int) else None
    state = engine.attrs.get("state")
    place = run.here
    nothing = isinstance(data, Const) and data.value is None
    items = Items([], exact=False) if nothing else data.iterate(run)
    fire(run, engine, "STARTED")

    def batch(number: int) -> None:
        drawn = items.fresh() if items.fresh is not None else sample(items)
        if isinstance(state, Instance):
            run.write(state.attrs, "batch", drawn)
        fire(run, engine, "GET_BATCH_COMPLETED")
        fire(run, engine, "ITERATION_STARTED")
        output = engine.data(run, drawn)
        if isinstance(state, Instance):
            run.write(state.attrs, "output", output)
        fire(run, engine, "ITERATION_COMPLETED")

    def epoch(number: int) -> None:
        fire(run, engine, "EPOCH_STARTED")
        repeat(run, batch, over=items.over, length=items.length, target=items.target, location=place)
        fire(run, engine, "EPOCH_COMPLETED")

    if length == 1:
        epoch(0)
    else:
        repeat(run, epoch, length=length, location=place)
    fire(run, engine, "COMPLETED")
    return state if state is not None else Unknown("engine.state")


def sample(items: Items) -> Value:
    """A batch of data whose elements are listed, or of which nothing is known."""
    return items.values[0] if items.values else Unknown("a batch")


def fire(run: Interpreter, engine: Instance, name: str) -> None:
    """Call the handlers of an event; what comes only sometimes is under a condition that is not known."""
    for entry, sure in _attached(engine):
        event, handler, positional, keywords = entry.elements
        if not isinstance(event, Instance) or not isinstance(event.data, tuple) or name not in event.data[0]:
            continue
        more = positional.elements if isinstance(positional, TupleValue) else []
        named = {k: v for k, (_, v) in keywords.cells.items()} if isinstance(keywords, DictValue) else {}
        action = _handled(run, engine, handler, list(more), named)
        if event.data[1] or not sure:
            run.alternatives([action, lambda: _NONE])
        else:
            action()


def _handled(
    run: Interpreter, engine: Instance, handler: Value, more: list[Value], named: dict[str, Value]
) -> Callable[[], Value]:
    """A handler takes the engine, unless it takes no argument (as ignite itself finds out by trying)."""
    first: list[Value] = [engine]
    if isinstance(handler, FunctionValue | BoundMethod):
        function = handler.function if isinstance(handler, BoundMethod) else handler
        bound = isinstance(handler, BoundMethod)
        if isinstance(function, FunctionValue) and not more:
            spec = function.node.args
            taken = len(spec.posonlyargs) + len(spec.args) - bound
            first = [engine] if taken > 0 or spec.vararg is not None else []
    return lambda: run.call(handler, Args([*first, *more], named))


def _nothing(run: Interpreter, engine: Instance, args: Args) -> Value:
    return _NONE


def _known_handler(run: Interpreter, engine: Instance, args: Args) -> Value:
    return Unknown("whether a handler is attached")


METHODS: dict[str, Callable[[Interpreter, Instance, Args], Value]] = {
    "run": _run,
    "add_event_handler": _add,
    "on": _on,
    "has_event_handler": _known_handler,
    "remove_event_handler": _nothing,
    "register_events": _nothing,
    "terminate": _nothing,
    "terminate_epoch": _nothing,
    "interrupt": _nothing,
    "fire_event": _nothing,
    "set_data": _nothing,
    "load_state_dict": _nothing,
    "state_dict": lambda run, engine, args: DictValue(open=True),
}
