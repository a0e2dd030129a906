"""What a schema is, and what its reader works with."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.names import OPTIMIZERS, PASSED, SCHEDULES, plain_name
from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.options import OptionSet, OptionTable
from trainlint.facts.training import Clipping, Loader, Optimizer, Schedule
from trainlint.model import Location, Place
from trainlint.semantics.library import Symbol
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.tree import ConfigNode

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

RECURRENT = re.compile(r"(?<![a-z])(?:rnn|lstm|gru)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Schema:
    """One kind of config document.

    fits: whether a document's root is of this kind. read: writes down what it means. reading: how its loader reads.
    framework: a word of `trainlint facts`. table: the keys, where the schema lists them all.
    trainer: what reads the document and runs the training, for messages.
    """

    name: str
    fits: Callable[[ConfigNode], bool]
    read: Callable[[Reader, DictValue], None]
    reading: Reading
    framework: str = "other"
    table: OptionTable | None = None
    trainer: str = "the program that reads this config"


def keys_of(node: ConfigNode | None) -> frozenset[str]:
    """The text keys of a mapping; none for anything else."""
    items = node.items if node is not None else ()
    return frozenset(k for k in items if isinstance(k, str)) if isinstance(items, dict) else frozenset()


def sections(value: DictValue, depth: int = 2) -> Iterator[DictValue]:
    """A mapping and the mappings in it, the outer ones first."""
    level = [value]
    for _ in range(depth + 1):
        yield from level
        level = [v for m in level for v in m.strings().values() if isinstance(v, DictValue)]


def mappings(value: Value, depth: int = 8) -> Iterator[DictValue]:
    """Every mapping at any depth, in the order of the document."""
    if depth and isinstance(value, DictValue):
        yield value
        for inner in value.strings().values():
            yield from mappings(inner, depth - 1)
    elif depth and isinstance(value, ListValue):
        for inner in value.elements:
            yield from mappings(inner, depth - 1)


def first(mapping: DictValue | None, *names: str) -> Value | None:
    """The first of these keys that is given a value other than null."""
    found = mapping.strings() if mapping is not None else {}
    for name in names:
        value = found.get(name)
        if value is not None and not (isinstance(value, Const) and value.value is None):
            return value
    return None


def section(mapping: DictValue | None, *names: str) -> DictValue | None:
    """The first of these keys that holds a mapping."""
    found = mapping.strings() if mapping is not None else {}
    return next((v for v in map(found.get, names) if isinstance(v, DictValue)), None)


def text_of(value: Value | None) -> str | None:
    """A value's text."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def is_true(value: Value | None) -> bool:
    """Whether a flag is switched on for sure."""
    return isinstance(value, Const) and value.value is True


class Reader:
    """Writes down what a document means: facts as if code had made the objects where the document's keys stand."""

    def __init__(
        self,
        run: Interpreter,
        schema: Schema,
        location: Location,
        text: str = "",
        root: ConfigNode | None = None,
    ) -> None:
        self.run = run
        self.schema = schema
        self.location = location
        self.keys = (
            {n.path: n.key_location for n in root.walk() if n.key_location} if root is not None else {}
        )
        self.recurrent = RECURRENT.search(text) is not None
        self.frame_node = ast.Pass()
        run.frame.at = self.frame_node
        run.program.framework = schema.framework
        self.at(None)
        self.model = self._model()

    def at(self, value: Value | None) -> Location:
        """What comes now stands where this value does (else at the document's top)."""
        location = value.origin[0].location if value is not None and value.origin else self.location
        self.frame_node._trainlint_location = location  # type: ignore[attr-defined]
        return location

    def _model(self) -> Value:
        symbol = Symbol("model", "torch.nn.Module")
        for library in self.run.libraries:
            found = library.symbolic(self.run, symbol)
            if found is not None:
                return found
        return Unknown("the model")

    # -- facts

    def optimizer(self, name: str, options: dict[str, Value], at: Value | None = None) -> Optimizer | None:
        """An optimizer by its name in the document, with the options that belong to it."""
        run = self.run
        self.at(options.get("lr", at))
        qualname = OPTIMIZERS.get(plain_name(name), name if "." in name else None)
        if qualname is None:
            run.gap(f"the optimizer {name}", "its name is not known")
            return None
        given = {k: v for k, v in options.items() if k in PASSED and not _is_auto(v)}
        params = run.call_method(self.model, "parameters")
        made = run.call(run.library_name(qualname), Args([params], given))
        fact = made.data if isinstance(made, Instance) and isinstance(made.data, Optimizer) else None
        if fact is None:
            fact = self._unmodelled(qualname, given)
        if _is_auto(options.get("lr")):
            fact.lr = unknown("the config leaves it to the trainer")
        # Plain SGD at large rates belongs to recurrent networks and sparse embeddings; which network this is, is not seen.
        fact.state["recurrent"] = self.recurrent or (fact.family == "sgd" and not fact.momentum.value)
        if isinstance(made, Instance):
            run.escape(made, self.schema.trainer)
        return fact

    def _unmodelled(self, qualname: str, given: dict[str, Value]) -> Optimizer:
        def number(key: str) -> Fact[float]:
            if key in given:
                return self.run.number(given[key], key)
            return unknown(f"the config leaves {key} to {qualname}")

        here = self.run.here
        made = Optimizer(qualname, "", here, number("lr"), number("momentum"), number("weight_decay"))
        self.run.program.optimizers.append(made)
        return made

    def schedule(
        self, name: str, optimizer: Optimizer | None, *, warmup: bool | None = None, at: Value | None = None
    ) -> Schedule:
        """A schedule by its name in the document; one of an unknown name may set any rate."""
        row = SCHEDULES.get(plain_name(name))
        qualname, unit = row if row is not None else (name, None)
        made = Schedule(qualname, self.at(at), optimizer, unit, warmup, rescales=row is None)
        self.run.program.schedules.append(made)
        self.run.event(EventKind.ESCAPE, made, to=self.schema.trainer)
        if optimizer is not None:
            optimizer.state["scheduled"] = True
        return made

    def updates(self, optimizer: Optimizer | None, schedule: Schedule | None, every: Value | None) -> None:
        """The loop of a trainer that is known to clear, step and step the schedule once for each update.

        every: batches whose gradients one update accumulates.
        """
        if optimizer is None:
            return
        count: Fact[Any] = self.run.fact(every) if every is not None else known(1)
        count = unknown("the config leaves it to the trainer") if isinstance(count.value, str) else count
        self.at(None)

        def body(number: int) -> None:
            self.run.event(EventKind.ZERO_GRAD, optimizer)
            self.run.event(EventKind.BACKWARD)
            for clipping in self.run.program.clippings:
                self.run.event(EventKind.CLIP, clipping)
            self.run.event(EventKind.STEP, optimizer, every=count)
            if schedule is not None:
                self.run.event(EventKind.SCHEDULE_STEP, schedule, metrics=True)

        loader = next(iter(self.run.program.loaders), None)
        repeat(self.run, body, over="loader", target=loader)

    def clipping(self, kind: str, value: Value | None) -> None:
        """Clipping by this bound, unless it switches clipping off."""
        bound = value.value if isinstance(value, Const) else value
        if value is None or bound is None or bound is False or bound == 0 or _is_auto(value):
            return
        here = self.at(value)
        self.run.program.clippings.append(Clipping(kind, here, self.run.number(value, kind)))

    def batches(self, value: Value | None, shuffle: Value | None = None) -> None:
        """The batches that are trained on."""
        if not isinstance(value, Const) or not isinstance(value.value, int) or isinstance(value.value, bool):
            return
        here = self.at(value)
        order: Fact[bool] = unknown("the trainer decides")
        if isinstance(shuffle, Const) and isinstance(shuffle.value, bool):
            order = self.run.fact(shuffle)
        dropped: Fact[bool] = unknown("the trainer decides")
        size: Fact[int] = Fact(value.value, (*value.origin, Place(here, "batch size"))[:2], "", True)
        self.run.program.loaders.append(Loader(here, size, order, dropped))

    def mixed_precision(self, value: Value | None) -> None:
        """The flag that switches mixed precision on, or a text that names a half precision."""
        word = text_of(value) or ""
        if is_true(value) or re.search(r"(?:bf|fp|float)16|16-mixed|^amp$", word):
            self.at(value)
            self.run.event(EventKind.AUTOCAST, None, enabled=True)

    def options(
        self, mapping: DictValue, schema: str | None = None, only: frozenset[str] | None = None
    ) -> OptionSet:
        """Note a mapping's keys as the options of this schema (or another one); only: those that may be options."""
        found: dict[str, Fact[Any]] = {}
        keys: dict[str, Location] = {}
        self._flatten(mapping, "", found, keys, only)
        made = OptionSet(schema or self.schema.name, self.at(mapping), found, not mapping.open, keys, True)
        self.run.program.option_sets.append(made)
        return made

    def _flatten(
        self,
        mapping: DictValue,
        above: str,
        found: dict[str, Fact[Any]],
        keys: dict[str, Location],
        only: frozenset[str] | None,
    ) -> None:
        for key, value in mapping.strings().items():
            if only is not None and key not in only:
                continue
            path = f"{above}.{key}" if above else key
            place = value.origin[0] if value.origin else Place(self.location)
            keys[path] = self.keys.get(place.label, place.location)
            if isinstance(value, DictValue):
                self._flatten(value, path, found, keys, None)
            else:
                found[path] = self.run.fact(value)


def _is_auto(value: Value | None) -> bool:
    """DeepSpeed's "auto", and values that are filled in elsewhere."""
    return isinstance(value, Unknown) or (isinstance(value, Const) and value.value in ("auto", "???"))
