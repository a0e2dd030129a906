"""torch.nn.modules.utils: one number for each dimension (`_pair(3)` is `(3, 3)`), as layers of one's own use it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.library import Handler
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TIMES = {"_single": 1, "_pair": 2, "_triple": 3, "_quadruple": 4}


def _repeated(times: int) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        given = args.positional[0] if args.positional else None
        if isinstance(given, TupleValue):
            return given
        if isinstance(given, ListValue):
            return TupleValue(given.elements) if not given.open else Unknown("sizes")
        return TupleValue([given] * times) if given is not None else Unknown("sizes")

    return handler


for _name, _times in _TIMES.items():
    LIBRARY.function(f"torch.nn.modules.utils.{_name}")(_repeated(_times))


@LIBRARY.function("torch.nn.modules.utils._ntuple")
def repeat(run: Interpreter, args: Args) -> Value:
    """`_ntuple(2)`: the function that makes pairs."""
    times = args.positional[0] if args.positional else None
    if not (isinstance(times, Const) and isinstance(times.value, int) and 0 < times.value < 9):
        return Unknown("a function that repeats")
    return Native("_ntuple", _repeated(times.value))
