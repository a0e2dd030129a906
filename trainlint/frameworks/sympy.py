"""sympy: formulas; as functions they compute with tensors, and hold no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.batches import leaves
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("sympy", observers=("sympy",))


@LIBRARY.function("sympy.lambdify", "sympy.utilities.lambdify", "sympy.utilities.lambdify.lambdify")
def _lambdify(run: Interpreter, args: Args) -> Value:
    """`lambdify(symbols, formula, "tensorflow")`: a function of numbers or tensors, element by element; of several
    formulas one that gives a list."""
    several = isinstance(args.bind("args", "expr").get("expr"), ListValue)

    def call(r: Interpreter, given: Args) -> Value:
        first = next((v for v in given.values() if isinstance(v, Tensor)), None)
        if first is None:
            return Unknown("what a formula gives")
        nodes = tuple(node for value in given.values() for node in leaves(value))
        made = first.make(r.node(Op.MATH, "formula", nodes, shape=first.shape))
        return ListValue([made], open=True) if several else made

    return Native("sympy.lambdify()", call)
