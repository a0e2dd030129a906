"""Weights of layers and models: making them, listing them, loading and saving them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, Shape
from trainlint.frameworks.keras.given_shapes import shape_of
from trainlint.frameworks.keras.initializers import Scheme, scheme_of
from trainlint.frameworks.keras.layer import KerasClass, ensure_built
from trainlint.frameworks.keras.layers import new_weight
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.methods import LAYER_PROPERTIES, layer_method, model_method
from trainlint.frameworks.keras.models import MODEL_CLASS
from trainlint.frameworks.keras.tensor import planned_input, shape_value
from trainlint.frameworks.torch.pretrained import has_trained, take
from trainlint.frameworks.torch.tree import named_parameters, own_parameters, walk
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.truths import Leftover
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@layer_method("add_weight", "add_variable")
def add_weight(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`self.add_weight(shape=(...), initializer=..., trainable=True)`; a name may come first, as before Keras 3."""
    named = bool(args.positional) and (
        isinstance(args.positional[0], Const) and isinstance(args.positional[0].value, str)
    )
    places = (
        ("name", "shape", "dtype", "initializer") if named else ("shape", "initializer", "dtype", "trainable")
    )
    bound = args.bind(
        *places, *(f"{n}=" for n in ("name", "shape", "initializer", "trainable") if n not in places)
    )
    shape: Shape | None = shape_of(run, bound["shape"]) if "shape" in bound else ()
    scheme = scheme_of(run, bound.get("initializer"))
    name = bound.get("name")
    text = name.value if isinstance(name, Const) and isinstance(name.value, str) else "weight"
    made = new_weight(run, text, shape, scheme, instance.data, run.here)
    trainable = bound.get("trainable", instance.attrs.get("trainable"))
    if trainable is not None and made.parameter is not None and trainable.truth(run) is not True:
        made.parameter.state["requires_grad"] = trainable.truth(run)
        made.parameter.state["made_untrained"] = "trainable" in bound and trainable.truth(run) is False
    made.node.module = None  # a product with it is a layer of its own
    return made


class Weights(ListValue):
    """The weights of a network as get_weights() gives them."""

    __slots__ = ("source",)

    def __init__(self, source: Module) -> None:
        super().__init__(open=True)
        self.source = source


def _listed(which: bool | None) -> object:
    def read(run: Interpreter, instance: Instance) -> Value | None:
        found, open_ = named_parameters(run, instance)
        values = [
            t for t in found.values()
            if which is None or t.parameter is None or (t.parameter.requires_grad is not False) is which
        ]  # fmt: skip
        return ListValue(values, open=open_)

    return read


for _names, _which in (
    (("weights", "variables"), None),
    (("trainable_weights", "trainable_variables"), True),
    (("non_trainable_weights", "non_trainable_variables"), False),
):
    for _name in _names:
        LAYER_PROPERTIES[_name] = _listed(_which)  # type: ignore[assignment]


@layer_method("get_weights")
def get_weights(run: Interpreter, instance: Instance, args: Args) -> Value:
    """The values of all weights, which remember whose they are."""
    return Weights(instance.data)


def load(
    run: Interpreter,
    instance: Instance,
    pretrained: bool | None,
    source: Module | None = None,
    may_fail: bool = False,
) -> None:
    """Weights from elsewhere. source: the network whose weights they are. may_fail: a handler goes on without them."""
    run.event(EventKind.LOAD, instance.data, may_fail=may_fail, live=source is not None, source=source)
    if not has_trained(run, [part.data for _, part in walk(instance)]):
        take(run, instance, pretrained)


@layer_method("set_weights")
def set_weights(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Weights as a list: those of another network of the program are as good as that one's."""
    given = args.positional[0] if args.positional else args.keywords.get("weights")
    if isinstance(given, Weights):
        if given.source is not instance.data:
            load(run, instance, given.source.state.get("pretrained", False), given.source)
        return Const(None)
    values = tuple(own_parameters(instance).values())
    if values and not instance.data.children:  # one layer: `layer.set_weights([matrix, bias])`
        for tensor in values:
            if tensor.parameter is not None:
                init = Scheme("custom").init(run.here)
                run.write(tensor.parameter.state, "inits", (*tensor.parameter.inits, init))
        return Const(None)
    load(run, instance, None)
    return Const(None)


@model_method("load_weights")
def load_weights(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Weights from a file; within a `try`, there may be none."""
    may_fail = run.trying()
    load(run, instance, None if may_fail else True, may_fail=may_fail)
    return Unknown("load_weights()")


@model_method("save", "save_weights", "export")
def save(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Writes a file."""
    run.event(EventKind.SAVE, instance.data)
    return Const(None)


@model_method("summary", "count_params", "reset_states", "to_json", "get_config", "make_predict_function",
              "_make_predict_function", "reset_state", "reset_metrics")  # fmt: skip
def look(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Methods that change no weight."""
    return Unknown("a method that only looks")


@layer_method("get_config", "count_params", "compute_mask", "get_input_shape_at", "add_metric")
def describe(run: Interpreter, instance: Instance, args: Args) -> Value:
    """Configuration and shapes, which are not worked out."""
    return DictValue({}, open=True) if not args.values() else Unknown("a layer's own description")


@layer_method("compute_output_shape")
def compute_output_shape(run: Interpreter, instance: Instance, args: Args) -> Value:
    """What a library's layer makes of a symbolic tensor of that shape; a layer of the program's own would be called."""
    given = args.positional[0] if args.positional else args.keywords.get("input_shape")
    shape = shape_of(run, given) if given is not None else None
    layer = next((c for c in instance.library_classes() if isinstance(c, KerasClass)), None)
    seen = layer is not None and type(layer).transfer is not KerasClass.transfer
    if shape is None or layer is None or not seen or run.class_attribute(instance.cls, "call") is not None:
        return Unknown("the shape that a layer gives")
    ensure_built(run, instance, shape)
    result = layer.transfer(run, instance, Args([planned_input(run, shape)]))
    found = result.shape if isinstance(result, Tensor) else None
    return shape_value(found) if found is not None else Unknown("the shape that a layer gives")


@model_method("build")
def build(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.build((None, 28, 28, 1))`: the layers are built by a pass over a symbolic tensor."""
    given = args.positional[0] if args.positional else args.keywords.get("input_shape")
    shape = shape_of(run, given) if given is not None else None
    if shape is not None and run.class_attribute(instance.cls, "call") is not None:
        run.write(instance.data.state, "declared", shape)
        run.call(instance, Args([planned_input(run, shape)]))
        return Const(None)
    ensure_built(run, instance, shape)
    return Const(None)


def opaque(run: Interpreter, name: str, pretrained: bool | None) -> Value:
    """A network whose layers the code does not show."""
    made = run.call(MODEL_CLASS, Args())
    if isinstance(made, Instance):
        made.data.symbolic = True
        made.data.complete = False
        made.data.name = name
        made.data.state["pretrained"] = pretrained
    return made


@LIBRARY.function("keras.models.load_model", "keras.saving.load_model", "tensorflow.saved_model.load",
                  "keras.layers.TFSMLayer")  # fmt: skip
def load_model(run: Interpreter, args: Args) -> Value:
    """A whole network from a file. One that the program itself writes is not there in a first run, which a `try` may answer."""
    file = args.bind("filepath").get("filepath")
    there = run.call(run.library_name("os.path.exists"), Args([file] if file else []))
    if isinstance(there, Leftover) and there.own and not there.first:
        run.frame.fails("OSError", run)
    return opaque(run, "load_model", True)


@LIBRARY.function(
    "keras.models.model_from_json", "keras.models.model_from_yaml", "keras.models.model_from_config"
)
def model_from_json(run: Interpreter, args: Args) -> Value:
    """A network from a description that is not followed."""
    return opaque(run, "model_from_json", None)


@LIBRARY.function("keras.utils.multi_gpu_model")
def multi_gpu_model(run: Interpreter, args: Args) -> Value:
    """The same network on several devices."""
    return args.values()[0] if args.values() else Unknown("multi_gpu_model()")


@LIBRARY.function("keras.models.clone_model")
def clone_model(run: Interpreter, args: Args) -> Value:
    """The same layers with new weights."""
    return opaque(run, "clone_model", False)
