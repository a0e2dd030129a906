"""torch.nn.init: initialisers with their documented defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.activations import gain
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.parameters import initialise
from trainlint.semantics.library import Handler
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_KAIMING = "a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None"
_XAVIER = "gain=1.0, generator=None"

INITIALISERS: dict[str, tuple[str, str, tuple[tuple[str, Any], ...]]] = {
    "kaiming_uniform": ("he", _KAIMING, (("distribution", "uniform"),)),
    "kaiming_normal": ("he", _KAIMING, (("distribution", "normal"),)),
    "xavier_uniform": ("xavier", _XAVIER, (("distribution", "uniform"),)),
    "xavier_normal": ("xavier", _XAVIER, (("distribution", "normal"),)),
    "orthogonal": ("orthogonal", "gain=1, generator=None", ()),
    "normal": ("normal", "mean=0.0, std=1.0, generator=None", ()),
    "uniform": ("uniform", "a=0.0, b=1.0, generator=None", ()),
    "trunc_normal": ("trunc_normal", "mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None", ()),
    "constant": ("constant", "val", ()),
    "zeros": ("zeros", "", ()),
    "ones": ("ones", "", ()),
    "eye": ("eye", "", ()),
    "dirac": ("dirac", "groups=1", ()),
    "sparse": ("sparse", "sparsity, std=0.01, generator=None", ()),
}
"""Name -> (scheme, signature after the tensor, facts that the name says). The names of old without `_` too."""

_RENAMED = {("uniform", "a"): "low", ("uniform", "b"): "high", ("constant", "val"): "value"}


def _initialiser(name: str) -> Handler:
    scheme, parameters, said = INITIALISERS[name]
    table_text = f"tensor, {parameters}" if parameters else "tensor"

    def handler(run: Interpreter, args: Args) -> Value:
        table = signature(table_text)
        bound = table.bind(args)
        subject = bound.get("tensor", Unknown("tensor"))
        options = table.facts(run, bound, skip=("tensor", "generator"))
        options = {_RENAMED.get((name, key), key): fact for key, fact in options.items()}
        options.update({key: known(value) for key, value in said})
        for tensor in subject.alternatives if isinstance(subject, UnionValue) else (subject,):
            if isinstance(tensor, Tensor):
                _apply(run, tensor, scheme, options)
        return subject

    return handler


def _apply(run: Interpreter, tensor: Tensor, scheme: str, options: dict[str, Fact[Any]]) -> None:
    value = options.get("value")
    if scheme == "constant" and value is not None and value.known and value.value == 0:
        scheme = "zeros"
    if initialise(run, tensor, scheme, options):
        return
    fixed = scheme in ("constant", "zeros", "ones", "eye", "dirac")
    node = run.node(
        Op.CONSTANT if fixed else Op.RANDOM,
        "full" if scheme == "constant" else scheme,
        (),
        options,
        tensor.shape,
        attached=False,
    )
    run.write(tensor.cells, "node", node)


for _name in INITIALISERS:
    LIBRARY.function(f"torch.nn.init.{_name}_", f"torch.nn.init.{_name}")(_initialiser(_name))


@LIBRARY.function("torch.nn.init.calculate_gain")
def calculate_gain(run: Interpreter, args: Args) -> Value:
    """The documented gain of a nonlinearity, as a number."""
    bound = args.bind("nonlinearity", "param")
    name, parameter = bound.get("nonlinearity"), bound.get("param", Const(None))
    if not isinstance(name, Const) or not isinstance(parameter, Const):
        return Unknown("calculate_gain()")
    slope = parameter.value if isinstance(parameter.value, int | float) else None
    value = gain(str(name.value), slope)
    return Const(value, name.origin) if value is not None else Unknown("calculate_gain()")


@LIBRARY.function("torch.nn.init._calculate_fan_in_and_fan_out")
def fans(run: Interpreter, args: Args) -> Value:
    """(fan in, fan out) of a weight whose shape is known."""
    tensor = args.positional[0] if args.positional else None
    shape = tensor.shape if isinstance(tensor, Tensor) else None
    if shape is None or len(shape) < 2 or any(n is None for n in shape):
        return TupleValue([Unknown("fan in"), Unknown("fan out")])
    field = 1
    for n in shape[2:]:
        field *= n or 1
    return TupleValue([Const((shape[1] or 0) * field), Const((shape[0] or 0) * field)])


@LIBRARY.function("torch.nn.init._calculate_correct_fan")
def correct_fan(run: Interpreter, args: Args) -> Value:
    """Fan in or fan out by name."""
    bound = args.bind("tensor", "mode")
    mode = bound.get("mode")
    pair = fans(run, args)
    if not isinstance(mode, Const):
        return Unknown("fan")
    return pair.get_item(run, Const(1 if str(mode.value).lower() == "fan_out" else 0))
