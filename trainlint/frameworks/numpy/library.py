"""The numpy library object, and what every function of arrays does by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def tensors_in(values: list[Value], depth: int = 0) -> list[Tensor]:
    """The arrays among values and in sequences of them."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, TupleValue | ListValue) and depth < 3:
            found.extend(tensors_in(list(value.elements)[:64], depth + 1))
    return found


class NumpyLibrary(TableLibrary):
    """Functions without a model make an array of unknown meaning of the arrays they are given."""

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        from trainlint.frameworks.numpy.array import NUMPY

        found = tensors_in(args.values())
        if not found:
            return Unknown(f"{qualname}()")
        name = qualname.rsplit(".", 1)[-1]
        return Tensor(run.node(Op.CALL, name, tuple(t.node for t in found)), NUMPY)


LIBRARY = NumpyLibrary("numpy", usual={"np": "numpy", "numpy": "numpy"})
