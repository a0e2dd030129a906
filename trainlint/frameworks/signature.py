"""Documented signatures as text: which argument is which, and what the library takes where none is given."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.semantics.amounts import Usual
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Signature:
    """Parameter names in documented order with their defaults; names after `*` are keyword-only."""

    names: tuple[str, ...]
    defaults: dict[str, Any]
    places: int  # how many may be given by position

    def bind(self, args: Args) -> dict[str, Value]:
        """The arguments that the call gives, by name (Unknown where an unseen `**kwargs` may give one)."""
        keyed = [name if i < self.places else f"{name}=" for i, name in enumerate(self.names)]
        return args.bind(*keyed)

    def facts(
        self,
        run: Interpreter,
        bound: dict[str, Value],
        numbers: Iterable[str] = (),
        skip: Iterable[str] = (),
    ) -> dict[str, Fact[Any]]:
        """Every parameter as a fact; a default of the library is a known value without an origin.

        numbers: parameters that must be numbers (text from a config is recorded there).
        """
        result: dict[str, Fact[Any]] = {}
        for name in self.names:
            if name in skip:
                continue
            if name in bound:
                note_text(run, name, bound[name], self.defaults.get(name))
                result[name] = number(run, bound[name], name) if name in numbers else run.fact(bound[name])
            elif name in self.defaults:
                result[name] = known(self.defaults[name])
            else:
                result[name] = unknown(f"{name} is not given")
        return result


def note_text(run: Interpreter, name: str, value: Value, default: object) -> None:
    """Record text from a config where the library's default is a number, or a tuple of them."""
    several = isinstance(default, tuple) and bool(default)
    example = default[0] if isinstance(default, tuple) and default else default
    if not isinstance(example, int | float) or isinstance(example, bool):
        return
    for part in getattr(value, "elements", ()) if several else (value,):
        if isinstance(part, Const) and part.text is not None:
            run.number(part, name)


def number(run: Interpreter, value: Value, name: str) -> Fact[Any]:
    """A number (or a list of them) as a fact; None is a known None, and a whole number stays an int."""
    if hasattr(value, "elements") or (isinstance(value, Const) and value.value is None):
        return run.fact(value)  # one for each parameter group, or left to the library
    fact: Fact[Any] = run.number(value, name)
    whole = isinstance(value, Const) and isinstance(value.value, int)
    return Fact(int(fact.value), fact.origin, fact.why, True) if whole and fact.value is not None else fact


def usual_size(run: Interpreter, value: Value | None) -> dict[str, Fact[int]]:
    """A batch size that the number of devices has a part in, as an option of a loader: what it is for one device."""
    if not isinstance(value, Usual):
        return {}
    fact = number(run, value.usual, "batch_size")
    if not isinstance(fact.value, int | float):
        return {}
    return {"usual_batch_size": Fact(int(fact.value), fact.origin, fact.why, True)}


@cache
def signature(text: str) -> Signature:
    """Parse `params, lr=1e-3, *, maximize=False` (the inside of a function's parentheses).

    Defaults must be literals. Raises SyntaxError or ValueError for a faulty table entry.
    """
    arguments = ast.parse(f"def f({text}): pass").body[0].args  # type: ignore[attr-defined]
    places = [a.arg for a in arguments.args]
    defaults = {
        name: ast.literal_eval(node)
        for name, node in zip(
            places[len(places) - len(arguments.defaults) :],
            arguments.defaults,
            strict=True,
        )
    }
    keywords = [a.arg for a in arguments.kwonlyargs]
    for name, node in zip(keywords, arguments.kw_defaults, strict=True):
        if node is not None:
            defaults[name] = ast.literal_eval(node)
    return Signature((*places, *keywords), defaults, len(places))
