"""Activations, norms, dropout, pooling and arithmetic."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Node
from trainlint.probe.case import Unbuildable
from trainlint.probe.operations import ACTIVATIONS, OPERATIONS
from trainlint.probe.rebuild.builder import Builder, Value
from trainlint.probe.rebuild.layers import channels_last, dims_of, spatial
from trainlint.probe.rebuild.reading import describe, known, size_of
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
