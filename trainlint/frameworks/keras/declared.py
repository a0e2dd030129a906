"""What code declares of the elements of a data set: tf.TensorShape, tf.TensorSpec, and the rows that all tensors of an
element have. `fit()` takes each element for a batch, so of batches that a generator makes these are its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.signature import number
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@LIBRARY.function("tensorflow.TensorShape")
def tensor_shape(run: Interpreter, args: Args) -> Value:
    """`tf.TensorShape([None, 3])`: a tuple of sizes."""
    sizes = args.bind("dims").get("dims")
    if isinstance(sizes, ListValue | TupleValue):
        return TupleValue(sizes.elements, sizes.origin, sizes.open)
    return Unknown("a shape")


class SpecClass(LibraryClass):
    """tf.TensorSpec: shape and type of a tensor."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind("shape", "dtype", "name").items():
            run.write(instance.attrs, name, value)


SPEC = SpecClass("tensorflow.TensorSpec")
LIBRARY.add(SPEC)


def declared_rows(run: Interpreter, shapes: Value | None) -> Fact[int] | None:
    """The first size of all the tensors in an element, by `output_shapes` or `output_signature`; None where one does not
    say it, or they differ."""
    firsts = _firsts(shapes) if shapes is not None else None
    if not firsts or not all(
        isinstance(first, Const) and type(first.value) is int and first.value > 0 for first in firsts
    ):
        return None
    sizes = {first.value for first in firsts if isinstance(first, Const)}
    return number(run, firsts[0], "batch_size") if len(sizes) == 1 else None


def _firsts(value: Value) -> list[Value] | None:
    """The first sizes of shapes in any structure; None where one of them is not known."""
    if isinstance(value, Instance) and value.cls is SPEC:
        return _firsts(value.attrs.get("shape", Unknown("no shape")))
    if isinstance(value, DictValue) and not value.open:
        inner = [each for _, each in value.cells.values()]
    elif isinstance(value, ListValue | TupleValue) and not value.open:
        inner = list(value.elements)
        if inner and all(_is_size(each) for each in inner):
            return inner[:1]
    else:
        return None
    found = [_firsts(each) for each in inner]
    return [first for each in found if each is not None for first in each] if None not in found else None


def _is_size(value: Value) -> bool:
    return isinstance(value, Const) and (value.value is None or type(value.value) is int)
