"""Learned tensors: torch.nn.Parameter, and every way in which code gives one its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Init, Making, Module, Node, Op, Parameter
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SEARCH = 24
"""Nodes looked at to see whether a value was computed from gradients; an update rule is far shorter."""

_INITIALISED = ("he", "xavier", "orthogonal", "trunc_normal", "sparse")
"""Schemes of torch.nn.init that memory may have been filled by before it becomes a parameter."""


def new_parameter(run: Interpreter, data: Node | None, trainable: bool | None = True) -> Tensor:
    """A learned tensor whose first values are those of `data`."""
    from trainlint.frameworks.torch.tensor import TORCH

    shape = data.shape if data is not None else None
    parameter = Parameter("", run.here, None, shape)
    parameter.state["born"] = tuple(b.serial for b in run.branches)
    init = initial(run, data) if data is not None else None
    if init is not None:
        parameter.state["inits"] = (init,)
    if trainable is not True:
        parameter.state["requires_grad"] = trainable
    options: dict[str, Fact[Any]] = {"parameter": known(parameter)}
    node = run.node(Op.PARAMETER, "parameter", (), options, shape, attached=trainable is not False)
    return Tensor(node, TORCH, parameter)


class ParameterClass(LibraryClass):
    """torch.nn.Parameter and its kind."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        bound = args.bind("data", "requires_grad")
        data = bound.get("data")
        trainable = bound.get("requires_grad", Const(True)).truth(run)
        return new_parameter(run, run.as_node(data) if data is not None else None, trainable)


PARAMETER = ParameterClass("torch.nn.Parameter")
LIBRARY.add(PARAMETER, "torch.nn.UninitializedParameter")


@LIBRARY.function("torch.nn.Buffer")
def buffer(run: Interpreter, args: Args) -> Value:
    """A tensor that is saved with the module and not learned."""
    return args.bind("data").get("data", Unknown("Buffer()"))


def initial(run: Interpreter, node: Node) -> Init | None:
    """How values computed like this start; None for memory that nothing was written to."""
    if node.name == "empty":
        return None
    found = _distribution(node)
    if found is None:
        source = _source(node)
        return Init("copy" if source.op in (Op.PARAMETER, Op.DETACH) else "custom", run.here)
    return Init(found[0], run.here, found[1])


def _source(node: Node) -> Node:
    while node.op in (Op.CAST, Op.RESHAPE) and node.inputs:
        node = node.inputs[0]
    return node


def _distribution(node: Node) -> tuple[str, dict[str, Fact[Any]]] | None:
    """Scheme and options of random or constant values, through changes of scale by known numbers."""
    node = _source(node)
    if node.op is Op.RANDOM and node.name in ("normal", "uniform"):
        names = ("mean", "std") if node.name == "normal" else ("low", "high")
        return node.name, {name: node.options[name] for name in names if name in node.options}
    if node.op is Op.RANDOM and node.name in _INITIALISED:
        return node.name, dict(node.options)
    if node.op is Op.CONSTANT and node.name in ("zeros", "ones", "eye"):
        return node.name, {}
    if node.op is Op.CONSTANT and node.name in ("full", "number"):
        value = node.options.get("value")
        return ("constant", {"value": value}) if value is not None and value.known else None
    if node.op in (Op.MUL, Op.DIV, Op.ADD, Op.SUB) and node.inputs:
        return _rescaled(node)
    return None


def _rescaled(node: Node) -> tuple[str, dict[str, Fact[Any]]] | None:
    other = node.options.get("other")
    data = [n for n in node.inputs if not (n.op is Op.CONSTANT and n.name == "number")]
    if other is None or not isinstance(other.value, int | float) or len(data) != 1:
        return None
    if node.op is Op.DIV and (node.inputs[0] is not data[0] or not other.value):
        return None
    found = _distribution(data[0])
    if found is None or found[0] in _INITIALISED:  # scaled, it is none of these any more
        return None
    scheme, options = found
    number = float(other.value)
    factor = {Op.MUL: number, Op.DIV: 1 / number if number else 0.0}.get(node.op, 1.0)
    shift = {Op.ADD: number, Op.SUB: -number}.get(node.op, 0.0)
    if node.op is Op.SUB and node.inputs[0] is not data[0]:
        factor, shift = -1.0, number
    return _moved(scheme, options, factor, shift, other.origin)


def _moved(
    scheme: str, options: dict[str, Fact[Any]], factor: float, shift: float, origin: tuple[Any, ...]
) -> tuple[str, dict[str, Fact[Any]]] | None:
    """The distribution of x * factor + shift."""
    if scheme in ("zeros", "ones"):
        return "constant", {"value": known((scheme == "ones") * factor + shift, origin)}
    values = {name: fact.value for name, fact in options.items()}
    if any(not isinstance(v, int | float) for v in values.values()):
        return None
    moved: dict[str, Fact[Any]] = {}
    for name, value in values.items():
        number = float(value)  # type: ignore[arg-type]  # checked above
        moved[name] = known(abs(number * factor) if name == "std" else number * factor + shift, origin)
    if scheme == "uniform" and factor < 0:
        moved = {"low": moved["high"], "high": moved["low"]}
    return scheme, moved


# -- changes after construction

DRAWN = "drawn"
"""Key of a lazy layer's state: it has been called, and has drawn its weights."""


def is_lazy(layer: Module) -> bool:
    """Whether a layer's weights are made by its first call."""
    return layer.qualname.startswith("torch.nn.Lazy")


def subject(tensor: Tensor) -> tuple[Parameter | None, bool]:
    """The parameter whose memory a tensor shares, and whether it is only a part of it."""
    part = tensor.cells.get("part_of")
    if isinstance(part, Parameter):
        return part, True
    return tensor.parameter, False


def initialise(
    run: Interpreter, tensor: Tensor, scheme: str, options: dict[str, Fact[Any]] | None = None
) -> bool:
    """Record an explicit initialisation; False if the tensor is no parameter. A part of one counts as custom."""
    parameter, part = subject(tensor)
    if parameter is None:
        return False
    layer = parameter.module
    if layer is not None and is_lazy(layer) and DRAWN not in layer.state:
        return True  # there is nothing yet to fill: the first call draws
    init = Init(
        "custom" if part else scheme, run.here, {} if part else options or {}, conditional(run, parameter)
    )
    run.write(parameter.state, "inits", (*parameter.inits, init))
    run.prepared += 1
    return True


def set_trainable(run: Interpreter, parameter: Parameter, trainable: bool | None) -> None:
    """`parameter.requires_grad = trainable`: the walk over a network that does it goes on as long as it finds parameters."""
    run.write(parameter.state, "requires_grad", trainable)
    if trainable is not True:
        run.write(parameter.state, "ever_frozen", True)
    run.prepared += 1


def conditional(run: Interpreter, parameter: Parameter) -> bool:
    """Whether it stands under a condition that is younger than the parameter, or in a function that nobody here calls."""
    if parameter.module is not None and parameter.module.state.get("root", run.root) != run.root:
        return True
    born = parameter.state.get("born", ())
    return any(b.serial not in born for b in run.branches)


def from_gradient(node: Node) -> bool:
    """Whether a value was computed from a gradient."""
    stack, seen = [node], 0
    while stack and seen < _SEARCH:
        found = stack.pop()
        seen += 1
        if found.op in (Op.CALL, Op.UNKNOWN) and found.name in ("grad", "gradient"):
            return True
        stack.extend(found.inputs)
    return False


def overwrite(run: Interpreter, tensor: Tensor, value: Value, change: bool = False) -> bool:
    """New values for a parameter's memory: an update step by hand where they come from its gradient, else an
    initialisation. change: they are computed from the old ones (`weight.data *= 0.1`)."""
    parameter, part = subject(tensor)
    if parameter is None:
        return False
    node = run.as_node(value)
    if from_gradient(node):
        run.event(EventKind.MANUAL_STEP, parameter)
    elif in_training(run, parameter.module):
        run.write(parameter.state, "follows", True)
        return True  # weights that follow others while these train start as they were
    elif change or part:
        initialise(run, tensor, "custom")
    else:
        init = initial(run, node)
        if init is not None:
            options = dict(init.options)
            source, piece = subject(value) if isinstance(value, Tensor) else (None, False)
            if init.scheme == "copy" and source is not None and not piece:
                options["of"] = known(source.inits)
            initialise(run, tensor, init.scheme, options)
    return True


def in_training(run: Interpreter, module: Module | None = None) -> bool:
    """Whether the loop that runs draws batches, or has trained: what it writes is no initialisation. A module that was made
    after all training so far is still to be trained."""
    if not run.passes:
        return False
    if any(p.loop.over == "loader" for p in run.passes):
        return True
    made = module.state.get("made", Making()).after if module is not None else 0
    return any(e.kind is EventKind.BACKWARD and e.root == run.root for e in run.program.events[made:])


def option_facts(run: Interpreter, bound: dict[str, Value], **defaults: float) -> dict[str, Fact[Any]]:
    """Numbers of an initialiser, its documented defaults filled in."""
    return {
        name: run.fact(bound[name]) if name in bound else known(value) for name, value in defaults.items()
    }


IN_PLACE_DRAWS: dict[str, tuple[str, str, dict[str, float]]] = {
    "normal_": ("normal", "mean std", {"mean": 0.0, "std": 1.0}),
    "uniform_": ("uniform", "low high", {"low": 0.0, "high": 1.0}),
    "zero_": ("zeros", "", {}),
    "fill_": ("constant", "value", {}),
    "random_": ("custom", "", {}),
    "exponential_": ("custom", "", {}),
    "bernoulli_": ("custom", "", {}),
    "cauchy_": ("custom", "", {}),
    "log_normal_": ("custom", "", {}),
    "geometric_": ("custom", "", {}),
    "fill_diagonal_": ("custom", "", {}),
}
"""Method -> (scheme, parameters, defaults). uniform_ names its bounds `from` and `to`."""


def drawn_in_place(
    run: Interpreter, tensor: Tensor, name: str, args: Args
) -> tuple[str, dict[str, Fact[Any]]]:
    """Scheme and options of `tensor.normal_(0, 0.02)` and the like."""
    scheme, names, defaults = IN_PLACE_DRAWS[name]
    keywords = dict(args.keywords)
    for old, new in (("from", "low"), ("to", "high")):
        if old in keywords:
            keywords[new] = keywords.pop(old)
    bound = Args(args.positional, keywords, args.open).bind(*names.split())
    options = option_facts(run, bound, **defaults)
    if scheme == "constant":
        value = run.fact(bound.get("value", Unknown("value")))
        if value.known and value.value == 0:
            scheme = "zeros"
        options = {"value": value}
    return scheme, options
