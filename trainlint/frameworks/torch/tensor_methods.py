"""Methods and attributes of torch.Tensor; what is also a function of torch comes from the shared tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.frameworks.torch import gradients, reshaping
from trainlint.frameworks.torch.activations import ACTIVATIONS
from trainlint.frameworks.torch.operations import (
    ELEMENTWISE,
    PRODUCTS,
    REDUCTIONS,
    Operation,
    first,
    tensor_input,
)
from trainlint.frameworks.torch.shapes import product, unknown
from trainlint.frameworks.torch.tensor_functions import clamp, extreme, handler_of
from trainlint.frameworks.torch.tensor_functions import product as matrix_product
from trainlint.semantics.amounts import Real, Sizes
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _cast(name: str, *options: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        node = tensor_input(run, first(args))
        given = Args(args.positional[1:], args.keywords, args.open).bind(*options, "dtype=", "device=")
        facts = {key: type_fact(run, value) for key, value in given.items()}
        attached = None if name not in _INTEGER else False
        return reshaping.tensor(
            run.node(
                Op.CAST, name, (node,), facts, node.shape, attached=attached, low=node.low, high=node.high
            )
        )

    return handler


def type_fact(run: Interpreter, value: Value) -> Fact[Any]:
    """A number type as a fact: `torch.float32`, or a class of tensors (`torch.FloatTensor`)."""
    return known(value.qualname) if isinstance(value, LibraryClass) else run.fact(value)


_INTEGER = frozenset({"long", "int", "bool", "short", "byte", "char"})


def detached(run: Interpreter, tensor: Tensor, name: str) -> Tensor:
    """The same memory without history: a parameter stays one, so that changes through it are seen."""
    node = tensor.node
    made = Tensor(
        run.node(Op.DETACH, name, (node,), {}, node.shape, attached=False, low=node.low, high=node.high),
        tensor.flavor,
        tensor.parameter,
    )
    made.cells.update({k: v for k, v in tensor.cells.items() if k in ("part_of", "grad_of")})
    made.cells["plain"] = True
    return made


def _detach(run: Interpreter, args: Args) -> Value:
    value = first(args)
    return detached(run, value, "detach") if isinstance(value, Tensor) else Unknown("detach()")


def _dimensions(run: Interpreter, args: Args) -> Value:
    value = first(args)
    return _rank(run, value) if isinstance(value, Tensor) else Unknown("dim()")


def _leaves(name: str, scalar: bool) -> Handler:
    """item() and the like: numbers leave the graph for Python."""

    def handler(run: Interpreter, args: Args) -> Value:
        node = tensor_input(run, first(args))
        run.event(EventKind.ITEM, node, how=name)
        shape = () if scalar else node.shape
        return reshaping.tensor(
            run.node(Op.DETACH, name, (node,), {}, shape, attached=False, low=node.low, high=node.high)
        )

    return handler


def _numpy(run: Interpreter, args: Args) -> Value:
    from trainlint.frameworks.numpy.array import NUMPY

    node = tensor_input(run, first(args))
    made = run.node(Op.DETACH, "numpy", (node,), {}, node.shape, attached=False, low=node.low, high=node.high)
    return Tensor(made, NUMPY)


def _backward(run: Interpreter, args: Args) -> Value:
    from trainlint.frameworks.torch import autograd

    return autograd.backward(run, first(args), Args(args.positional[1:], args.keywords, args.open))


def _requires_grad(run: Interpreter, args: Args) -> Value:
    from trainlint.frameworks.torch.tensor import TORCH

    value = first(args)
    wanted = (
        args.positional[1] if len(args.positional) > 1 else args.keywords.get("requires_grad", Const(True))
    )
    if isinstance(value, Tensor):
        TORCH.set_attribute(run, value, "requires_grad", wanted)
    return value


def _hook(run: Interpreter, args: Args) -> Value:
    value = first(args)
    run.event(EventKind.GRAD_CHANGE, value.parameter if isinstance(value, Tensor) else None, how="hook")
    return Unknown("hook handle")


def _size(run: Interpreter, args: Args) -> Value:
    value = first(args)
    dim = args.positional[1] if len(args.positional) > 1 else args.keywords.get("dim")
    shape = _shape(run, value) if isinstance(value, Tensor) else Unknown("size()")
    return shape if dim is None else shape.get_item(run, dim)


def _shape(run: Interpreter, tensor: Tensor) -> Value:
    if tensor.shape is None:
        return Sizes("a shape that is not known")
    return TupleValue([Const(n) if n is not None else Real(f"size of dimension {i}")
                       for i, n in enumerate(tensor.shape)])  # fmt: skip


def _count(run: Interpreter, args: Args) -> Value:
    value = first(args)
    total = product(value.shape) if isinstance(value, Tensor) and value.shape is not None else None
    return Const(total) if total is not None else Unknown("number of elements")


def _rank(run: Interpreter, tensor: Tensor) -> Value:
    return Const(len(tensor.shape)) if tensor.shape is not None else Unknown("number of dimensions")


def _made_like(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        from trainlint.frameworks.torch.creation import create

        return create(run, name.removeprefix("new_"), Args(args.positional[1:], args.keywords, args.open))

    return handler


def _unit(run: Interpreter, args: Args) -> Value:
    return Const(None)


def _observed(name: str) -> Handler:
    return lambda run, args: Unknown(f"{name}() of a tensor")


def _itself(run: Interpreter, args: Args) -> Value:
    return first(args)


_WITHOUT_MODEL = """
aminmax bernoulli cholesky coalesce copysign corrcoef cov cummax cummin det diagflat erfc frexp heaviside histogram
inverse istft logdet lu matrix_exp matrix_power msort multinomial pinverse polygamma put qr
renorm resize slogdet stft svd to_sparse unique_consecutive vdot indices values
"""
"""Methods that compute a tensor from the tensor, about whose result nothing is said."""
_ABOUT = """
stride storage untyped_storage data_ptr element_size get_device is_contiguous is_floating_point is_complex is_shared
is_pinned is_nonzero is_same_size storage_offset
"""
"""Methods that answer with a fact about the tensor that is not followed."""


def _unknown(what: str) -> Callable[[Interpreter, Tensor], Value]:
    return lambda run, tensor: Unknown(f"{what} of a tensor")


def _needs_grad(run: Interpreter, tensor: Tensor) -> Value:
    if tensor.parameter is not None and "plain" not in tensor.cells:
        needed = tensor.parameter.requires_grad
        return Const(needed) if needed is not None else Unknown("requires_grad")
    return Unknown("requires_grad of a tensor")


PROPERTIES: dict[str, Callable[[Interpreter, Tensor], Value]] = {
    "data": lambda run, tensor: detached(run, tensor, "data"),
    "grad": gradients.gradient,
    "shape": _shape,
    "ndim": _rank,
    "requires_grad": _needs_grad,
    "T": lambda run, tensor: METHODS["t"](run, Args([tensor])),
    "mT": lambda run, tensor: METHODS["t"](run, Args([tensor])),
    "H": lambda run, tensor: METHODS["t"](run, Args([tensor])),
    **{
        n: _unknown(n)
        for n in ("device", "dtype", "layout", "is_cuda", "is_leaf", "grad_fn", "is_sparse", "names")
    },
}

METHODS: dict[str, Handler] = {
    **{name: handler_of(operation) for name, operation in ELEMENTWISE.items()},
    **{name: handler_of(operation) for name, operation in REDUCTIONS.items()},
    **{name: handler_of(operation) for name, operation in PRODUCTS.items()},
    **{name: clamp(name) for name in ("clamp", "clip", "clamp_min")},
    **{name: matrix_product(name) for name in ("matmul", "mm", "mv", "spmm", "smm")},
    **{name: handler_of(ACTIVATIONS[name]) for name in ("relu", "sigmoid", "tanh", "softmax", "log_softmax", "prelu",
                                                        "hardshrink")},
    **{name: extreme(name) for name in ("max", "min", "median", "mode")},
    **reshaping.METHODS,
    "where": lambda run, args: reshaping.FUNCTIONS["where"](
        run, Args([*args.positional[1:2], first(args), *args.positional[2:]], args.keywords)),
    **{n: _cast(n) for n in ("float", "double", "half", "bfloat16", "long", "int", "bool", "short", "byte", "char")},
    **{n: _cast(n) for n in ("contiguous", "clone", "pin_memory", "cpu", "to_dense", "share_memory_", "float16")},
    "to": _cast("to", "target", "dtype"),
    "cuda": _cast("cuda", "device"),
    "type": _cast("type", "dtype"),
    "type_as": _cast("type_as", "other"),
    "detach": _detach,
    "item": _leaves("item", True),
    "tolist": _leaves("tolist", False),
    "numpy": _numpy,
    "backward": _backward,
    "requires_grad_": _requires_grad,
    "register_hook": _hook,
    "register_post_accumulate_grad_hook": _hook,
    "retain_grad": _unit,
    "retain_grads": _unit,
    "record_stream": _unit,
    "refine_names": _itself,
    "size": _size,
    "dim": _dimensions,
    "ndimension": _dimensions,
    "numel": _count,
    "nelement": _count,
    **{n: handler_of(Operation(Op.CALL, n, "a=None, b=None, c=None, d=None", (), unknown)) for n in _WITHOUT_MODEL.split()},
    **{n: _observed(n) for n in _ABOUT.split()},
    **{n: _made_like(n) for n in ("new_zeros", "new_ones", "new_full", "new_empty", "new_tensor")},
}  # fmt: skip
