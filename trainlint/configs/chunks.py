"""Functions that cut any sequence into lists of one length: itertools.batched, more_itertools, toolz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.iteration import LIBRARY as ITERTOOLS
from trainlint.semantics.collecting import pieces
from trainlint.semantics.iterators import IterableValue, sample
from trainlint.semantics.library import Handler, TableLibrary
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("more_itertools", "toolz", "cytoolz", "boltons")
LIBRARIES = [LIBRARY]


def _cut(run: Interpreter, sequence: Value, size: Value) -> Items:
    items = sequence.iterate(run)
    count = size.value if isinstance(size, Const) and type(size.value) is int and size.value > 0 else None
    if items.exact and count is not None:
        rows = [items.values[at : at + count] for at in range(0, len(items.values), count)]
        return Items([ListValue(row) for row in rows], True, "sequence", len(rows))

    def fresh() -> Value:
        return ListValue([sample(items, 0)], open=True)

    return Items([], False, "sequence", None, pieces(run, size), fresh)


def _chunked(first: str, second: str, sequence: str, size: str) -> Handler:
    """A function of a sequence and the length of the pieces, in one order or the other."""

    def handler(run: Interpreter, args: Args) -> Value:
        given = args.bind(first, second)
        if sequence not in given or size not in given:
            return Unknown("pieces of a sequence")
        return IterableValue("pieces", lambda r: _cut(r, given[sequence], given[size]))

    return handler


_SEQUENCE_FIRST = _chunked("iterable", "n", "iterable", "n")
for _name in ("chunked", "ichunked", "batched"):
    LIBRARY.function(f"more_itertools.{_name}")(_SEQUENCE_FIRST)
for _name in ("chunked", "chunked_iter"):
    LIBRARY.function(f"boltons.iterutils.{_name}")(_chunked("src", "size", "src", "size"))
for _name in ("toolz.partition_all", "toolz.partition", "cytoolz.partition_all", "cytoolz.partition"):
    LIBRARY.function(_name)(_chunked("n", "seq", "seq", "n"))
ITERTOOLS.function("itertools.batched")(_SEQUENCE_FIRST)
