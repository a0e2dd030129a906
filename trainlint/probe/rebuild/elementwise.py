"""Activations, norms, dropout, pooling and arithmetic."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Node, Op, Parameter
from trainlint.probe.case import Unbuildable
from trainlint.probe.operations import ACTIVATIONS, OPERATIONS
from trainlint.probe.rebuild.builder import USUAL_FEATURES, Builder, Value, describe, known, size_of
from trainlint.probe.rebuild.initial import spec_of
from trainlint.probe.rebuild.layers import channels_last, dims_of, spatial
from trainlint.probe.rebuild.shapes import each

OVER_A_DIMENSION = ("softmax", "log_softmax", "softmin", "glu")


def activation(builder: Builder, node: Node) -> Value:
    """A nonlinearity."""
    value = builder.value(node.inputs[0])
    name = node.name
    options: dict[str, Any] = {}
    if name not in ACTIVATIONS:
        raise Unbuildable(f"the activation {name} is not rebuilt")
    if name in OVER_A_DIMENSION:
        dim = known(node, "dim", -1)
        if dim is None:  # torch's choice where none is given
            dim = 0 if len(value.axes) in (1, 3) else 1
        options["dim"] = _dim(value, dim)
        return builder.emit(node, name, (value,), options)
    if name == "relu":
        return _relu(builder, node, value)
    for option in OPERATIONS[name].options:
        found = known(node, option)
        if isinstance(found, int | float | str) and not isinstance(found, bool):
            options[option] = found
    if name == "prelu":
        options.pop("num_parameters", None)
        return builder.weighted(node, name, (value,), options)
    if name == "gelu" and options.get("approximate") not in ("tanh", "none", None):
        options.pop("approximate")
    return builder.emit(node, name, (value,), options)


def _relu(builder: Builder, node: Node, value: Value) -> Value:
    """ReLU; Keras' own has a slope and a maximum as well."""
    slope, most = known(node, "negative_slope", 0.0), known(node, "max_value")
    if slope:
        return builder.emit(node, "leaky_relu", (value,), {"negative_slope": float(slope)})
    if most == 6:
        return builder.emit(node, "relu6", (value,))
    value = builder.emit(node, "relu", (value,))
    return value if most is None else builder.emit(None, "clamp", (value,), {"max": float(most)})


def _dim(value: Value, dim: Any) -> int:
    if not isinstance(dim, int):
        raise Unbuildable("an operation over a dimension that is not known")
    place = value.axis(dim)
    if place == 0:
        raise Unbuildable("an operation over the batch")
    return place


def norm(builder: Builder, node: Node) -> Value:
    """A normalisation."""
    keras = builder.plan.keras
    if node.name in ("batchnorm", "instancenorm", "groupnorm"):
        return _by_channel(builder, node, keras)
    if not builder.has(node.inputs[0]):
        last = known(node, "normalized_shape")
        wide = last[-1] if isinstance(last, tuple) and last else last
        value = _normalised_input(builder, node, wide if isinstance(wide, int) else None, -1)
    else:
        value = builder.value(node.inputs[0])
    if node.name in ("layernorm", "rmsnorm"):
        axis = known(node, "axis", -1) if keras else -1
        if isinstance(axis, tuple | list) and len(axis) == 1:
            axis = axis[0]
        if not isinstance(axis, int):
            raise Unbuildable("a norm over several dimensions")
        shape = known(node, "normalized_shape")
        count = len(shape) if isinstance(shape, tuple) and not keras else 1
        value = builder.canonical(value) if count > 1 else builder.at_end(value, axis)
        options: dict[str, Any] = {"normalized_shape": value.shape[len(value.shape) - count :]}
        eps = known(node, "eps")
        if isinstance(eps, int | float):
            options["eps"] = float(eps)
        return builder.weighted(node, node.name, (value,), options)
    if node.name in ("l2", "normalize", "l2_normalize"):
        dim = known(node, "dim", known(node, "axis", -1))
        return builder.emit(node, "l2_normalize", (value,), {"dim": _dim(value, dim)})
    if node.name == "local_response":
        value = builder.at_front(value, 1)
        options = {k: known(node, k) for k in ("size", "alpha", "beta", "k")}
        return builder.emit(node, "local_response_norm", (value,), options)
    raise Unbuildable(f"the norm {node.name} is not rebuilt")


def _by_channel(builder: Builder, node: Node, keras: bool) -> Value:
    stated = size_of(node, "num_features") or size_of(node, "num_channels")
    axis = known(node, "axis", -1) if keras else 1
    axis = axis[0] if isinstance(axis, tuple | list) and len(axis) == 1 else axis
    if not isinstance(axis, int):
        raise Unbuildable("a norm over several dimensions")
    source = node.inputs[0]
    if not builder.has(source):
        value = builder.at_front(_normalised_input(builder, node, stated, axis), axis)
    else:
        value = builder.at_front(builder.value(source), axis)
    channels = builder.agree(stated, value.shape[0], node)
    options: dict[str, Any] = {"num_features": channels}
    eps, momentum = known(node, "eps"), known(node, "momentum")
    if isinstance(eps, int | float):
        options["eps"] = float(eps)
    if node.name == "groupnorm":
        groups = known(node, "num_groups", known(node, "groups", 1))
        options = {**options, "num_channels": channels, "num_groups": groups if channels % groups == 0 else 1}
        options.pop("num_features")
    if node.name == "batchnorm":
        if isinstance(momentum, int | float):
            options["momentum"] = 1 - momentum if keras else float(momentum)
        options["track_running_stats"] = bool(known(node, "track_running_stats", True))
    affine = known(node, "affine", True)
    options["affine"] = (
        bool(affine) if not keras else bool(known(node, "scale", True) or known(node, "center", True))
    )
    return builder.weighted(node, node.name, (value,), options)


def _normalised_input(builder: Builder, node: Node, stated: int | None, axis: int) -> Value:
    """Data that is normalised before the first layer: of the rank that the program says, or that the norm is for.

    Raises:
        Unbuildable: neither is known.
    """
    source = node.inputs[0]
    dims = size_of(node, "dims")
    rank = (
        len(source.shape)
        if source.shape is not None
        else dims + 2
        if dims in (2, 3)
        else 2
        if dims == 1
        else None
    )
    if rank is None or rank < 2:
        raise Unbuildable(f"the shape that {describe(node)} takes is not known")
    place = axis % rank
    told = source.shape[place] if source.shape is not None else None
    wide = stated or told
    if wide is None:
        raise Unbuildable(f"the shape that {describe(node)} takes is not known")
    side = builder.plan.resolution if rank > 3 else builder.plan.steps
    shape = tuple(wide if i == place else side for i in range(1, rank))
    return builder.given(source, shape, place - 1)


def dropout(builder: Builder, node: Node) -> Value:
    """Dropout of units, of whole channels, or noise."""
    value = builder.value(node.inputs[0])
    if known(node, "training", True) is False:
        return value
    if node.name == "gaussian_noise":
        return builder.emit(
            node, "gaussian_noise", (value,), {"std": float(known(node, "std", known(node, "stddev", 0.1)))}
        )
    rate = known(node, "p")
    if not isinstance(rate, int | float):
        raise Unbuildable(f"the rate of {describe(node)} is not known")
    op = {"alpha_dropout": "alpha_dropout"}.get(node.name, "dropout")
    if node.name in ("dropout1d", "dropout2d", "dropout3d") and len(value.shape) > 1:
        op = "dropout_channels"
        value = builder.at_front(value, -1 if builder.plan.keras else 1)
    return builder.emit(node, op, (value,), {"p": float(rate)})


def pool(builder: Builder, node: Node) -> Value:
    """Pooling over windows or over all of space."""
    dims = dims_of(node, builder.values.get(id(node.inputs[0])))
    value = spatial(builder, node, dims, None)
    if node.name in ("global_avg", "global_max"):
        over = tuple(range(2, len(value.shape) + 1))
        keep = bool(known(node, "keepdims", False))
        name = "reduce_mean" if node.name == "global_avg" else "reduce_max"
        axes = value.axes if keep else (0, 1)
        return builder.emit(node, name, (value,), {"dim": over, "keepdim": keep}, axes)
    if node.name in ("adaptive_avg", "adaptive_max"):
        size = known(node, "output_size")
        return builder.emit(node, f"{node.name}_pool{dims}d", (value,), {"output_size": each(size, dims)})
    if node.name not in ("max", "avg"):
        raise Unbuildable(f"{node.name} pooling is not rebuilt")
    kernel = each(known(node, "kernel_size"), dims)
    stride = known(node, "stride")
    options: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": kernel if stride is None else each(stride, dims),
    }
    padding = known(node, "padding", 0)
    if padding == "same":
        options["ceil_mode"] = True
    elif padding not in ("valid", 0, None):
        options["padding"] = each(padding, dims)
    if known(node, "ceil_mode", False):
        options["ceil_mode"] = True
    return builder.emit(node, f"{node.name}_pool{dims}d", (value,), options)


def upsample(builder: Builder, node: Node) -> Value:
    """Larger images by interpolation."""
    if node.name != "interpolate":
        raise Unbuildable(f"{node.name} is not rebuilt")
    value = builder.value(node.inputs[0])
    value = builder.at_front(value, -1 if channels_last(builder, node) else 1)
    size, factor = known(node, "size"), known(node, "scale_factor")
    if builder.plan.keras and factor is None:
        size, factor = None, size
    factor = factor if isinstance(factor, tuple) or factor is None else float(factor)
    mode = known(node, "mode", known(node, "interpolation", "nearest"))
    options = {
        "size": size,
        "scale_factor": factor,
        "mode": mode if mode in ("nearest", "bilinear", "bicubic") else "nearest",
    }
    return builder.emit(node, "upsample", (value,), options)


# -- arithmetic

BINARY = {Op.ADD: "add", Op.SUB: "sub", Op.MUL: "mul", Op.DIV: "div"}


def arithmetic(builder: Builder, node: Node) -> Value:
    """Sums, products and the like of tensors, numbers and learned tensors."""
    op = BINARY[node.op]
    if node.name in ("addcmul", "addcdiv", "lerp"):
        raise Unbuildable(f"{node.name} is not rebuilt")
    learned = [n for n in node.inputs if builder.has(n)]
    number = _number(node)
    if len(node.inputs) == 1 or (len(learned) == 1 and number is not None):
        return _with_number(builder, node, op, number)
    if not learned:
        raise Unbuildable("learned tensors that are computed with by themselves")
    reference = builder.value(max(learned, key=lambda n: len(builder.value(n).shape)))
    values = [_operand(builder, n, reference, op) for n in node.inputs]
    if node.op is Op.ADD and node.name == "average":
        total = builder.emit(node, op, values, axes=reference.axes)
        return builder.emit(None, "scale", (total,), {"factor": 1 / len(values)}, reference.axes)
    return builder.emit(node, op, values, axes=reference.axes)


def _operand(builder: Builder, node: Node, reference: Value, op: str) -> Value:
    """One side in the layout of the other."""
    if builder.has(node):
        value = builder.value(node)
        if value.axes == reference.axes or len(value.axes) != len(reference.axes):
            return value
        target = builder.canonical(value)
        return target if reference.plain else _like(builder, target, reference)
    if node.op is Op.PARAMETER or (node.op is Op.CAST and node.inputs and node.inputs[0].op is Op.PARAMETER):
        return parameter(builder, node, reference)
    if node.op is Op.CONSTANT or node.op is Op.RANDOM:
        builder.note(f"{describe(node)} is left out of a sum or product")
        neutral = 0.0 if op in ("add", "sub") else 1.0
        return builder.emit(node, "constant", (), {"shape": (), "value": neutral}, (0,))
    shape = reference.shape
    return builder.given(node, shape, None, reference.axes)


def _like(builder: Builder, value: Value, reference: Value) -> Value:
    order = [0] * len(reference.axes)
    for program, place in enumerate(reference.axes):
        order[place] = program
    made = builder.emit(None, "permute", (value,), {"dims": tuple(order)})
    return Value(made.id, made.shape, reference.axes)


def parameter(builder: Builder, node: Node, reference: Value) -> Value:
    """A learned tensor beside a batch: a leading 1 of the program's shape stands for the batch."""
    shape = node.shape
    if shape is None or None in shape:
        raise Unbuildable("the shape of a learned tensor is not known")
    sizes = tuple(s for s in shape if s is not None)
    if len(sizes) == len(reference.axes) and sizes[0] == 1:
        sizes = sizes[1:]
    source = node if node.op is Op.PARAMETER else node.inputs[0]
    fact = source.options.get("parameter")
    learned = fact.value if fact is not None and isinstance(fact.value, Parameter) else None
    if learned is None and source.module is not None:
        learned = source.module.parameters.get(source.name)
    return builder.parameter(source, learned, sizes)


def _number(node: Node) -> float | None:
    for name in ("other", "exponent"):
        fact = node.options.get(name)
        if fact is not None and isinstance(fact.value, int | float):
            return float(fact.value)
    return None


def _with_number(builder: Builder, node: Node, op: str, number: float | None) -> Value:
    source = next(n for n in node.inputs if builder.has(n))
    value = builder.value(source)
    if number is None:
        raise Unbuildable(f"a number in a {op} is not known")
    reflected = "reflected" in node.options
    if op == "add":
        return builder.emit(node, "shift", (value,), {"offset": number})
    if op == "sub":
        if not reflected:
            return builder.emit(node, "shift", (value,), {"offset": -number})
        return builder.emit(node, "shift", (builder.emit(None, "neg", (value,)),), {"offset": number})
    if op == "mul":
        return builder.emit(node, "scale", (value,), {"factor": number})
    if reflected:
        inverse = builder.emit(None, "power", (value,), {"exponent": -1.0})
        return builder.emit(node, "scale", (inverse,), {"factor": number})
    if number == 0:
        raise Unbuildable("a division by zero")
    return builder.emit(node, "scale", (value,), {"factor": 1 / number})


FUNCTIONS = {
    "exp": "exp", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "abs": "abs", "absolute": "abs", "sin": "sin", "cos": "cos",
    "neg": "neg", "negative": "neg", "square": "square",
}  # fmt: skip


def mathematics(builder: Builder, node: Node) -> Value:
    """Functions of single values."""
    value = builder.value(next((n for n in node.inputs if builder.has(n)), node.inputs[0]))
    if node.op is Op.POWER:
        exponent = 2.0 if node.name == "square" else _number(node)
        if exponent is None:
            raise Unbuildable("an exponent is not known")
        return builder.emit(node, "power", (value,), {"exponent": exponent})
    if node.name == "clamp":
        return builder.emit(node, "clamp", (value,), {k: known(node, k) for k in ("min", "max")})
    if node.name in ("maximum", "minimum"):
        return builder.emit(node, node.name, [builder.value(n) for n in node.inputs])
    if node.name not in FUNCTIONS:
        raise Unbuildable(f"{node.name} is not rebuilt")
    return builder.emit(node, FUNCTIONS[node.name], (value,))


def matmul(builder: Builder, node: Node) -> Value:
    """A product with learned weights, or of two tensors."""
    if node.name == "einsum" or len(node.inputs) != 2:
        raise Unbuildable(f"{node.name} is not rebuilt")
    first, second = node.inputs
    if second.op is Op.PARAMETER or (
        second.op is Op.RESHAPE and second.inputs and second.inputs[0].op is Op.PARAMETER
    ):
        return _as_linear(builder, node, first, second)
    if not (builder.has(first) and builder.has(second)):
        raise Unbuildable("a product with a matrix that is not learned")
    a, b = builder.canonical(builder.value(first)), builder.canonical(builder.value(second))
    return builder.emit(node, "matmul", (a, b))


def _as_linear(builder: Builder, node: Node, data: Node, weight: Node) -> Value:
    source = weight if weight.op is Op.PARAMETER else weight.inputs[0]
    shape = source.shape
    if shape is None or len(shape) != 2:
        raise Unbuildable("the shape of a learned matrix is not known")
    wide, out = shape if weight is source else reversed(shape)
    fact = source.options.get("parameter")
    learned = fact.value if fact is not None and isinstance(fact.value, Parameter) else None
    if not builder.has(data):
        wide = wide or (data.shape[-1] if data.shape else None)
        if wide is None:
            wide = USUAL_FEATURES
            builder.note(f"{wide} features assumed")
        value = builder.given(data, (wide,), 0)
    else:
        value = builder.at_end(builder.value(data))
    options = {
        "in_features": builder.agree(wide, value.shape[-1], node),
        "out_features": builder.width(out, node),
        "bias": False,
    }
    more: dict[str, Any] = {}
    key = id(learned) if learned is not None else id(source)
    if key in builder.shared:
        more = {"shares": builder.shared[key]}
    elif learned is not None and learned.inits:
        more = {"inits": {"weight": spec_of(learned.inits[-1])}}
    made = builder.emit(node, "linear", (value,), options, **more)
    builder.shared.setdefault(key, made.id)
    return made
