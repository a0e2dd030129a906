"""keras.Input and InputLayer: where a network begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.given_shapes import given_shape, shape_of
from trainlint.frameworks.keras.layer import LAYER_CLASS, KerasClass
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import planned_input
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@LIBRARY.function("keras.layers.Input")
def keras_input(run: Interpreter, args: Args) -> Value:
    """`keras.Input(shape=(784,))`: a symbolic tensor."""
    bound = args.bind("shape", "batch_size", "dtype", "sparse", "batch_shape", "name", "tensor")
    whole = bound.get("batch_shape") or args.keywords.get("batch_input_shape")
    if whole is not None:
        shape = shape_of(run, whole)
    else:
        inner = shape_of(run, bound["shape"]) if "shape" in bound else given_shape(run, args)
        size = bound.get("batch_size")
        batch = size.value if isinstance(size, Const) and isinstance(size.value, int) else None
        shape = None if inner is None else (batch, *inner)
    made = planned_input(run, shape)
    layer = Instance(INPUT_LAYER, run.here)
    INPUT_LAYER.allocate(run, layer)
    run.write(layer.data.state, "output", made)
    made.node.module = layer.data
    if "name" in bound:
        made.node.options["name"] = run.fact(bound["name"])
        run.write(layer.attrs, "name", bound["name"])
    return made


class InputLayerClass(KerasClass):
    """InputLayer: declares the shape, and hands on what it is given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        shape = given_shape(run, args)
        words = args.bind("input_shape", "batch_size")
        if shape is None and "input_shape" in words:
            inner = shape_of(run, words["input_shape"])
            shape = None if inner is None else (None, *inner)
        if shape is None and "shape" in args.keywords:
            inner = shape_of(run, args.keywords["shape"])
            shape = None if inner is None else (None, *inner)
        run.write(instance.data.state, "input_shape", shape)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return args.positional[0] if args.positional else Unknown("input")


INPUT_LAYER = InputLayerClass("keras.layers.InputLayer", (LAYER_CLASS,))
LIBRARY.add(INPUT_LAYER)
