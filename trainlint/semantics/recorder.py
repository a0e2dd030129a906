"""What a run leaves behind: nodes of the data-flow graph, events, escapes and gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trainlint.facts.events import Branch, Event, EventKind, LoopPass
from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, ModuleCall, Node, Op, Parameter, Shape
from trainlint.facts.program import Gap, Program
from trainlint.facts.training import Optimizer, Scaler, Schedule
from trainlint.model import Location
from trainlint.semantics.budget import MAX_NODES, BudgetExceeded
from trainlint.semantics.definitions import BoundMethod, FunctionValue
from trainlint.semantics.handed_methods import note
from trainlint.semantics.objects import Instance
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.shared_containers import share
from trainlint.semantics.store import Store
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value, through
from trainlint.source.python import PythonSource

ESCAPE_DEPTH = 4
ALSO_ELSEWHERE = frozenset({
    EventKind.ESCAPE, EventKind.ITEM, EventKind.ACCUMULATE, EventKind.LOAD, EventKind.SAVE, EventKind.AUTOCAST,
    EventKind.DRAW,
})  # fmt: skip
"""Events that code around training is full of, and that show no training by themselves."""
WITHOUT_GRADIENT = frozenset({"argmax", "argmin", "argsort", "nonzero", "bincount"})
"""Operations whose results are indices, which no gradient flows through; nor does one through comparisons."""


def _learns(module: Module) -> bool:
    """Whether gradients flow to a parameter of its own."""
    return any(p.requires_grad is not False for p in module.parameters.values())


def _given(value: Value) -> tuple[Value, ...]:
    """What the unseen call was given that made an argument of another one."""
    return value.given if isinstance(value, Unknown) else ()


class Recorder:
    """The recording half of the interpreter."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.store = Store()
        self.write = self.store.write
        self.memo: dict[str, Any] = {}
        self.frame: Frame = None  # type: ignore[assignment]  # set by the first push
        self.nodes: list[Node] = []
        self.max_nodes = MAX_NODES
        self.prepared = 0  # parameters that got their values, were frozen or freed, each time
        self.plans = 0  # planned nodes so far: they have an order of their own
        self.passes: tuple[LoopPass, ...] = ()
        self.branches: tuple[Branch, ...] = ()
        self.module_call: ModuleCall | None = None
        self.root = 0
        self.telling = 0  # events that show training, and layers of networks to be
        self.grad: dict[str, Any] = {"enabled": True}
        self._folder: dict[str, Any] = {"working": None}
        self.arm: tuple[Frame, Origin] | None = None  # where a text picked something, and its origin
        self._silent = 0
        self.unknown_keywords: dict[str, Callable[[Any, Args], Any]] = {}

    @property
    def working_folder(self) -> str | None:
        """The folder that the program changed to; None for where it was started, or if that is not known."""
        folder: str | None = self._folder["working"]
        return folder

    def set_working_folder(self, folder: str | None) -> None:
        """Relative paths begin there from now on."""
        self.write(self._folder, "working", folder)

    @property
    def here(self) -> Location:
        """The expression that is being evaluated in the current frame."""
        if self.frame is None or self.frame.at is None:
            return Location(self.program.entry, 1)
        source: PythonSource = self.frame.module.source
        return source.location(self.frame.at)

    @property
    def grad_enabled(self) -> bool | None:
        """Whether autograd records; None where a condition decides."""
        enabled: bool | None = self.grad["enabled"]
        return enabled

    def set_grad(self, value: bool | None) -> None:
        """Switch autograd's recording."""
        self.write(self.grad, "enabled", value)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is recorded now."""
        return self._silent > 0

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Nothing is recorded inside: a condition is evaluated again only to narrow its operands."""
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1

    @property
    def chosen_here(self) -> Origin:
        """The origin of the text that picked what is being made, if one did."""
        return self.arm[1] if self.arm is not None and self.arm[0] is self.frame else ()

    def node(
        self,
        op: Op,
        name: str,
        inputs: tuple[Node, ...] = (),
        options: dict[str, Fact[Any]] | None = None,
        shape: Shape | None = None,
        *,
        module: Module | None = None,
        location: Location | None = None,
        attached: bool | None = None,
        low: float | None = None,
        high: float | None = None,
        origin: tuple[Any, ...] = (),
        planned: bool = False,
    ) -> Node:
        """Record an operation on data. Raises BudgetExceeded when the graph grows beyond its limit.

        planned: the operand is symbolic, a network's input before the network is. What is computed from it is
        kept out of the graph, for the network's call to repeat.
        """
        gradients = False
        for each in inputs:
            gradients = gradients or each.attached
            planned = planned or each.planned
        if attached is None:
            follows = op is not Op.COMPARE and name not in WITHOUT_GRADIENT and self.grad_enabled is not False
            attached = follows and (gradients or (module is not None and _learns(module)))
        found = Node(
            op, name, location or self.here, inputs, module, self.module_call, options or {}, shape, low, high,
            attached, origin or self.chosen_here, len(self.nodes), planned,
        )  # fmt: skip
        if found.planned:
            if self.plans >= self.max_nodes:
                raise BudgetExceeded
            self.plans += 1
            self.telling += module is not None  # without it there would be no network
            found.index = self.plans
        elif not self._silent:
            if len(self.nodes) >= self.max_nodes:
                raise BudgetExceeded
            self.nodes.append(found)
        return found

    def event(
        self,
        kind: EventKind,
        target: Any = None,
        *,
        location: Location | None = None,
        **options: Any,
    ) -> Event:
        """Record an event with its loops, conditions and gradient mode."""
        function = self.frame.function.qualname if self.frame.function is not None else ""
        found = Event(
            kind, location or self.here, target, self.passes, self.branches, self.grad_enabled, function, self.root,
            options, len(self.program.events),
        )  # fmt: skip
        if not self._silent:
            self.program.events.append(found)
            self.telling += kind not in ALSO_ELSEWHERE
        return found

    def gap(self, what: str, why: str) -> None:
        """Note a fact that stays unknown."""
        self.program.gaps.append(Gap(what, why, self.here))

    def escape_args(self, args: Args, to: str) -> None:
        """All arguments went into code that is not followed."""
        note(self.memo, args)
        for value in args.values():
            self.escape(value, to)

    def unfollowed(self, args: Args, why: str) -> Value:
        """The result of a call that is not followed: something symbolic if a symbolic tensor goes in, so that the plan
        of a network is not cut there."""
        parts = [p for v in args.values() for p in (v, *getattr(v, "elements", ()))]
        tensors = [p for p in parts if isinstance(p, Tensor)]
        first = next((t for t in tensors if t.node.planned), None)
        if first is None:
            result = Unknown(why)
            result.made, result.through = True, through(None, *parts)
            parts += [p for v in args.values() if isinstance(v, DictValue) for _, p in v.cells.values()]
            result.given = tuple(g for p in parts for g in ((p,) if isinstance(p, Instance) else _given(p)))
            for name in self.unknown_keywords.keys() & args.keywords.keys():
                result.drawn = self.unknown_keywords[name](self, args)
            return result
        nodes = tuple(t.node for t in tensors)
        return first.make(self.node(Op.UNKNOWN, why[:40], nodes, {"unfollowed": known(True)}))

    def escape(self, value: Value, to: str) -> None:
        """A value went into code that is not followed; what it holds may be changed there."""
        self._escape(value, to, 0, set())

    def _escape(self, value: Value, to: str, depth: int, seen: set[int]) -> None:
        if depth > ESCAPE_DEPTH or id(value) in seen or isinstance(value, Const):
            return
        seen.add(id(value))
        inner: list[Value] = []
        if isinstance(value, Instance):
            data = value.data
            if isinstance(data, (Module, Optimizer, Schedule, Scaler)):
                state = getattr(data, "state", None)
                if state is not None:
                    self.write(state, "escaped", True)
                self.event(EventKind.ESCAPE, data, to=to)
            value.exposed()
            inner = list(value.attrs.values())
        elif isinstance(value, Tensor):
            if isinstance(value.parameter, Parameter):
                self.write(value.parameter.state, "escaped", True)
                self.event(EventKind.ESCAPE, value.parameter, to=to)
            elif value.node.attached:
                self.event(EventKind.ESCAPE, value.node, to=to)
        elif isinstance(value, (TupleValue, ListValue)):
            inner = list(value.elements)
        elif isinstance(value, DictValue):
            if value.watcher is not None:
                value.watcher.whole()
            inner = [v for _, v in value.cells.values()]
        elif isinstance(value, UnionValue):
            inner = list(value.alternatives)
        elif isinstance(value, BoundMethod):
            inner = [value.receiver]
        elif isinstance(value, FunctionValue):
            share(self, value)
        for part in inner[:256]:
            self._escape(part, to, depth + 1, seen)
