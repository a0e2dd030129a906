"""Facts from values: nodes of the graph, constants with their origins, numbers that a config left as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Node, Op
from trainlint.facts.options import OptionSet
from trainlint.facts.program import TextNumber
from trainlint.facts.training import Loader
from trainlint.model import Place
from trainlint.semantics.amounts import Real, Usual
from trainlint.semantics.picking import Pick
from trainlint.semantics.running import Running
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor, literal_shape
from trainlint.semantics.values import Const, Origin, Unknown, Value, extend


class FactMaker(Running):
    """The half of the interpreter that turns values into facts."""

    def as_node(self, value: Value) -> Node:
        """The graph's node for an operand."""
        if isinstance(value, Tensor):
            return value.node
        if isinstance(value, Real) or (
            isinstance(value, Const) and isinstance(value.value, int | float | complex)
        ):
            return self.node(Op.CONSTANT, "number", (), {"value": self.fact(value)}, (), attached=False)
        if isinstance(value, TupleValue | ListValue):
            inner = [e for e in value.elements if isinstance(e, Tensor)]
            if inner:
                return self.node(Op.CONCAT, "sequence", tuple(e.node for e in inner))
            shape = literal_shape(value)
            if shape is not None:
                return self.node(
                    Op.CONSTANT, "sequence", (), {"value": self.fact(value)}, shape, attached=False
                )
        if isinstance(value, UnionValue) and any(isinstance(v, Tensor) for v in value.alternatives):
            arms = [v for v in value.alternatives if not (isinstance(v, Const) and v.value is None)]
            if len(arms) == 1:
                return self.as_node(arms[0])
            return self.node(Op.JOIN, "join", tuple(self.as_node(v) for v in arms))
        options: dict[str, Fact[Any]] = {}
        if isinstance(value, Unknown):
            options |= {"passed": known(True)} if value.passed else {}
            options |= {"through": known(tuple(value.through))} if value.through else {}
        return self.node(Op.UNKNOWN, value.describe()[:60], (), options, attached=False)

    def fact(self, value: Value | None) -> Fact[Any]:
        """A value as a fact: constants, and tuples of them, are known."""
        if value is None:
            return Fact(None, (), "not given")
        if isinstance(value, Const):
            return Fact(value.value, value.origin, "", True)
        elements = getattr(value, "elements", None)
        if elements is not None and not value.open:  # type: ignore[attr-defined]
            parts = [self.fact(e) for e in elements]
            if all(p.known for p in parts):
                return Fact(
                    tuple(p.value for p in parts), parts[0].origin if parts else value.origin, "", True
                )
        return Fact(None, value.origin, value.describe())

    def number(self, value: Value, label: str = "") -> Fact[float]:
        """A value where code needs a number. Text that a config's loader left as text is noted (see TextNumber)."""
        if not isinstance(value, Const) or isinstance(value.value, bool | None):
            return Fact(None, value.origin, value.describe())
        origin: Origin = (
            extend(value.origin, self.here, label) if value.origin else (Place(self.here, label),)
        )
        if isinstance(value.value, int | float):
            return Fact(float(value.value), origin, "", True)
        return self._text_number(value, origin, label)

    def picks(self, index: bool) -> None:
        """Note that one random number is drawn. index: or an element, or a number that may be the index of one."""
        self.picked.append(Pick(self.frame, self.branches, self.frame.at, index))

    def draws(self, count: Value | None) -> None:
        """Note that so many elements are drawn at random: a batch, if they are trained on.

        Of `min(size, len(rows))`, which the size of the data has a part in, the batch keeps what it usually is.
        """
        options: dict[str, Fact[Any]] = {}
        if isinstance(count, Usual):
            count, why = count.usual, count.describe()
            options["usual_batch_size"] = unknown(why)
        self._batch(count, "hand", known(True), **options)

    def takes(self, count: Value | None, examples: bool = False) -> Loader | None:
        """Note that a window of so many elements is taken: a batch, if their order was drawn, or if they are known to be
        examples and no text that is read on."""
        options = {"gathered": known(True)} if examples else {}
        return self._batch(
            count, "window", unknown("no order is drawn that is seen"), window=known(True), **options
        )

    def goes_on(self, batch: Loader | None) -> None:
        """Note that one of several windows is taken, which were cut before."""
        if batch is not None:
            self.event(EventKind.DRAW, batch, by="window")

    def _batch(self, count: Value | None, by: str, order: Fact[bool], **options: Fact[Any]) -> Loader | None:
        if isinstance(count, Const) and type(count.value) is int and count.value > 1:
            size = Fact(count.value, count.origin or (Place(self.here),), "", True)
            if "usual_batch_size" in options:
                size, options["usual_batch_size"] = options["usual_batch_size"], size
            loader = Loader(self.here, size, order, unknown("made by hand"), options=options)
            self.event(EventKind.DRAW, loader, by=by)
            return loader
        return None

    def reorders(self) -> None:
        """Note that elements are put in random order, from which batches may be taken one after the other."""
        self.event(EventKind.DRAW, None, by="order")

    def options(self, schema: str, given: Mapping[str, Value], complete: bool) -> OptionSet:
        """Note the options (by dotted key) that something with a known schema is given here.

        complete: nothing that was not followed may have given more.
        """
        found = {key: self.fact(value) for key, value in given.items()}
        made = OptionSet(schema, self.here, found, complete)
        self.program.option_sets.append(made)
        return made

    def _text_number(self, value: Const, origin: Origin, label: str) -> Fact[float]:
        scalar = value.text
        try:
            number = float(value.value)
        except (TypeError, ValueError):
            return Fact(None, origin, f"text {value.describe()}")
        if scalar is not None:
            self.program.text_numbers.append(
                TextNumber(
                    scalar.location,
                    scalar.key,
                    scalar.raw,
                    scalar.quoted,
                    Place(self.here, label),
                    scalar.loader,
                )
            )
        return Fact(number, origin, "", True)
