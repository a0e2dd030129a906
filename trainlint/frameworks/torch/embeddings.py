"""Embeddings whose rows are given: `nn.Embedding.from_pretrained(vectors)`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.frameworks.torch import parameters
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _from_rows(name: str, run: Interpreter, args: Args) -> Value:
    """A table as large as what is given, that starts as that; frozen unless told otherwise.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html#torch.nn.Embedding.from_pretrained
    """
    given = args.bind("embeddings", "freeze", "padding_idx" if name == "Embedding" else "max_norm")
    rows = given.get("embeddings", Unknown("rows that are not given"))
    shape = rows.shape if isinstance(rows, Tensor) and rows.shape is not None else (None, None)
    sizes = shape if len(shape) == 2 else (None, None)
    listed: list[Value] = [Unknown("the size of the given rows") if n is None else Const(n) for n in sizes]
    named = {k: v for k, v in given.items() if k not in ("embeddings", "freeze")}
    table = run.call(run.library_name(f"torch.nn.{name}"), Args(listed, named))
    weight = run.get_attr(table, "weight")
    if isinstance(weight, Tensor):
        parameters.overwrite(run, weight, rows)
        frozen = given.get("freeze", Const(True)).truth(run)
        learns = Unknown("freeze of an embedding") if frozen is None else Const(not frozen)
        weight.set_attr(run, "requires_grad", learns)
    return table


for _name in ("Embedding", "EmbeddingBag"):
    LIBRARY.function(f"torch.nn.{_name}.from_pretrained")(partial(_from_rows, _name))
