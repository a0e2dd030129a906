"""Tensors that code makes: random numbers, constants, and data that comes from Python or numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.tensor import TORCH, leaf
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor, literal_shape
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Maker:
    """A function that makes a tensor. parameters: signature after the sizes; sized: it takes sizes first."""

    op: Op
    name: str
    parameters: str = ""
    sized: bool = True
    low: float | None = None
    high: float | None = None
    fixed: tuple[tuple[str, Any], ...] = ()


_NORMAL = (("mean", 0.0), ("std", 1.0))
_UNIT = (("low", 0.0), ("high", 1.0))

MAKERS: dict[str, Maker] = {
    "randn": Maker(Op.RANDOM, "normal", fixed=_NORMAL),
    "rand": Maker(Op.RANDOM, "uniform", low=0.0, high=1.0, fixed=_UNIT),
    "zeros": Maker(Op.CONSTANT, "zeros", low=0.0, high=0.0),
    "ones": Maker(Op.CONSTANT, "ones", low=1.0, high=1.0),
    "empty": Maker(Op.CONSTANT, "empty"),
    "randn_like": Maker(Op.RANDOM, "normal", "input", False, fixed=_NORMAL),
    "rand_like": Maker(Op.RANDOM, "uniform", "input", False, 0.0, 1.0, _UNIT),
    "randint_like": Maker(Op.RANDOM, "integer", "input, low, high=None", False),
    "zeros_like": Maker(Op.CONSTANT, "zeros", "input", False, 0.0, 0.0),
    "ones_like": Maker(Op.CONSTANT, "ones", "input", False, 1.0, 1.0),
    "empty_like": Maker(Op.CONSTANT, "empty", "input", False),
    "full_like": Maker(Op.CONSTANT, "full", "input, value", False),
    "full": Maker(Op.CONSTANT, "full", "size, value", False),
    "eye": Maker(Op.CONSTANT, "eye", "n, m=None", False, 0.0, 1.0),
    "arange": Maker(Op.CONSTANT, "arange", "start, end=None, step=1", False),
    "range": Maker(Op.CONSTANT, "arange", "start, end=None, step=1", False),
    "linspace": Maker(Op.CONSTANT, "linspace", "start, end, steps", False),
    "logspace": Maker(Op.CONSTANT, "logspace", "start, end, steps, base=10.0", False),
    "randperm": Maker(Op.RANDOM, "permutation", "n", False),
    "normal": Maker(Op.RANDOM, "normal", "mean=0.0, std=1.0, size=None", False),
    "bernoulli": Maker(Op.RANDOM, "bernoulli", "input, p=None", False, 0.0, 1.0),
    "multinomial": Maker(Op.RANDOM, "integer", "input, num_samples, replacement=False", False),
    "poisson": Maker(Op.RANDOM, "poisson", "input", False, 0.0),
    "tril_indices": Maker(Op.CONSTANT, "indices", "row, col, offset=0", False),
    "triu_indices": Maker(Op.CONSTANT, "indices", "row, col, offset=0", False),
    "hann_window": Maker(Op.CONSTANT, "window", "n", False, 0.0, 1.0),
    "hamming_window": Maker(Op.CONSTANT, "window", "n", False, 0.0, 1.0),
}

_COMMON = "dtype=None, device=None, requires_grad=False, generator=None, out=None, pin_memory=False"


def _sizes(values: list[Value]) -> Shape | None:
    """Sizes given one by one or as one sequence; None where the sequence is not known."""
    if len(values) == 1 and isinstance(values[0], TupleValue | ListValue):
        if values[0].open:
            return None
        values = list(values[0].elements)
    elif len(values) == 1 and not isinstance(values[0], Const):
        return None
    return tuple(v.value if isinstance(v, Const) and isinstance(v.value, int) else None for v in values)


def _integers(run: Interpreter, args: Args) -> Value:
    """randint([low=0,] high, size)"""
    places = args.positional
    if (len(places) >= 2 and isinstance(places[1], TupleValue | ListValue)) or (
        len(places) == 1 and "size" in args.keywords and "high" not in args.keywords
    ):
        args = Args([Const(0), *places], args.keywords, args.open)
    bound = args.bind("low", "high", "size", "dtype=")
    names: tuple[str, ...] = ("low", "high", "dtype")
    options = {name: run.fact(bound[name]) for name in names if name in bound}
    shape = _sizes([bound["size"]]) if "size" in bound else None
    sides = getattr(bound.get("size"), "elements", ())
    if sides and all(isinstance(side, Const) and side.value == 1 for side in sides[1:]):
        run.draws(sides[0])
    low, high = (_number(options.get(name)) for name in ("low", "high"))
    return Tensor(
        run.node(Op.RANDOM, "integer", (), options, shape, attached=False, low=low, high=high), TORCH
    )


def _number(fact: Fact[Any] | None) -> float | None:
    return float(fact.value) if fact is not None and isinstance(fact.value, int | float) else None


def create(run: Interpreter, name: str, args: Args) -> Value:
    """`torch.<name>(...)`"""
    if name == "tensor":
        return from_data(run, args)
    maker = MAKERS[name]
    sizes = [*args.positional]
    if maker.sized and "size" in args.keywords:
        sizes = [args.keywords["size"]]
    keywords = {("value" if k == "fill_value" else k): v for k, v in args.keywords.items()}
    places = [] if maker.sized else args.positional
    text = f"{maker.parameters}, *, {_COMMON}" if maker.parameters else f"*, {_COMMON}"
    table = signature(text)
    bound = table.bind(Args(places, keywords, args.open))
    options = table.facts(run, bound, skip=("input", "device", "generator", "out", "pin_memory", "size"))
    options.update({key: known(value) for key, value in maker.fixed})
    shape = _sizes(sizes) if maker.sized else _shape(run, name, bound, options)
    low, high = maker.low, maker.high
    if name == "randperm":
        run.reorders()
    if name == "multinomial":
        run.draws(bound.get("num_samples"))
    if maker.name == "full":
        low = high = _number(options.get("value"))
    node = run.node(maker.op, maker.name, (), options, shape, attached=False, low=low, high=high)
    made = Tensor(node, TORCH)
    if options["requires_grad"].value is True:
        leaf(run, made)
    return made


def _shape(
    run: Interpreter, name: str, bound: dict[str, Value], options: dict[str, Fact[Any]]
) -> Shape | None:
    source = bound.get("input")
    if isinstance(source, Tensor):
        return source.shape
    if "size" in bound and not (isinstance(bound["size"], Const) and bound["size"].value is None):
        return _sizes([bound["size"]])
    if name == "eye":
        n, m = options["n"].value, options["m"].value
        return (n, m if isinstance(m, int) else n) if isinstance(n, int) else (None, None)
    if name in ("linspace", "logspace"):
        steps = options["steps"].value
        return (steps if isinstance(steps, int) else None,)
    if name == "arange":
        parts = [options[k].value for k in ("start", "end", "step")]
        start, end = (0, parts[0]) if parts[1] is None and options["end"].known else (parts[0], parts[1])
        step = parts[2]
        if isinstance(start, int) and isinstance(end, int) and isinstance(step, int) and step:
            count = -((start - end) // step)  # no len(range()): bounds may be beyond what a machine counts
            return (max(0, count),)
        return (None,)
    return (None,) if name == "randperm" else None


def from_data(run: Interpreter, args: Args) -> Value:
    """torch.tensor, as_tensor, from_numpy: the values of a list, number or array."""
    bound = args.bind("data", "dtype", "device", "requires_grad", "pin_memory=")
    node = tensor_input(run, bound.get("data"))
    options = {"dtype": run.fact(bound["dtype"])} if "dtype" in bound else {}
    shape = (
        node.shape
        if node.op is not Op.CONSTANT or node.shape is not None
        else literal_shape(bound.get("data"))
    )
    if node.op is Op.CONSTANT:
        made = Tensor(
            run.node(Op.CONSTANT, node.name, (), {**node.options, **options}, shape, attached=False), TORCH
        )
    else:
        cast = run.node(
            Op.CAST, "tensor", (node,), options, shape, attached=False, low=node.low, high=node.high
        )
        made = Tensor(cast, TORCH)
    if bound.get("requires_grad", Const(False)).truth(run):
        leaf(run, made)
    return made


class TensorClass(LibraryClass):
    """torch.Tensor, torch.FloatTensor, ...: memory of given sizes, or the values of a list or array."""

    __slots__ = ()
    own_new = True

    def call(self, run: Interpreter, args: Args) -> Value:
        places = args.positional
        sized = bool(places) and all(isinstance(v, Const) and isinstance(v.value, int) for v in places)
        if not places or sized or len(places) > 1:
            return create(run, "empty", Args(places))
        kind = Const(self.qualname.rsplit(".", 1)[-1].removesuffix("Tensor").lower() or "float")
        return from_data(run, Args(places[:1], {"dtype": kind}))


def _maker(name: str) -> Handler:
    return lambda run, args: create(run, name, args)


for _name in MAKERS:
    LIBRARY.function(f"torch.{_name}")(_maker(_name))
LIBRARY.function("torch.randint")(_integers)
LIBRARY.function(
    "torch.tensor", "torch.as_tensor", "torch.from_numpy", "torch.asarray", "torch.scalar_tensor"
)(from_data)
TENSOR = TensorClass("torch.Tensor")
LIBRARY.add(TENSOR)
_NUMBERS = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Byte", "Char", "Bool")
for _name in _NUMBERS:
    LIBRARY.add(TensorClass(f"torch.{_name}Tensor", (TENSOR,)), f"torch.cuda.{_name}Tensor")
