"""Operations without parameters, as functions of tensors and options, by a whitelist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Function = Callable[[list[Tensor], Mapping[str, Any], int], Tensor]


def _one(function: Callable[..., Tensor]) -> Function:
    return lambda inputs, options, _: function(inputs[0], **options)


def _fold(function: Callable[[Tensor, Tensor], Tensor]) -> Function:
    return lambda inputs, _, __: reduce(function, inputs)


def _reduction(function: Callable[..., Tensor]) -> Function:
    def run(inputs: list[Tensor], options: Mapping[str, Any], _: int) -> Tensor:
        return function(inputs[0], dim=options["dim"], keepdim=bool(options.get("keepdim", False)))

    return run


def _slice(inputs: list[Tensor], options: Mapping[str, Any], _: int) -> Tensor:
    x, dim = inputs[0], options["dim"]
    index = [slice(None)] * x.dim()
    index[dim] = slice(options["start"], options.get("stop"), options.get("step"))
    return x[tuple(index)]


def _expand(inputs: list[Tensor], options: Mapping[str, Any], batch: int) -> Tensor:
    return inputs[0].expand(batch, *options["shape"])


def _repeat(inputs: list[Tensor], options: Mapping[str, Any], batch: int) -> Tensor:
    first = batch if inputs[0].shape[0] == 1 else 1  # a learned token, repeated for every sample
    return inputs[0].repeat(first, *options["repeats"])


def _constant(_: list[Tensor], options: Mapping[str, Any], batch: int) -> Tensor:
    return torch.full((batch, *options["shape"]), float(options.get("value", 0.0)))


def _concat(inputs: list[Tensor], options: Mapping[str, Any], batch: int) -> Tensor:
    rank = max(x.dim() for x in inputs)
    return torch.cat([_for_all(x, rank, batch) for x in inputs], dim=options["dim"])


def _for_all(x: Tensor, rank: int, batch: int) -> Tensor:
    """A tensor without a batch of its own (a learned token) for every sample."""
    if x.dim() == rank and x.shape[0] == batch:
        return x
    return x.expand(batch, *([-1] * (rank - 1))) if x.dim() == rank else x.expand(batch, *x.shape)


FUNCTIONS: dict[str, Function] = {
    **{
        name: _one(getattr(functional, name))
        for name in (
            "relu", "relu6", "silu", "mish", "selu", "softsign", "tanhshrink", "logsigmoid", "hardsigmoid", "hardswish",
            "leaky_relu", "elu", "celu", "gelu", "hardtanh", "softplus", "softshrink", "hardshrink", "threshold", "glu",
            "softmax", "log_softmax", "softmin",
            "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
            "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
            "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "pad",
        )
    },
    "sigmoid": _one(torch.sigmoid),
    "tanh": _one(torch.tanh),
    "exponential": _one(torch.exp),
    "identity": lambda inputs, _, __: inputs[0],
    "pixel_shuffle": lambda inputs, options, _: functional.pixel_shuffle(inputs[0], options["factor"]),
    "flatten": lambda inputs, options, _: inputs[0].flatten(options.get("start_dim", 1), options.get("end_dim", -1)),
    "reshape": lambda inputs, options, _: inputs[0].reshape(inputs[0].shape[0], *options["shape"]),
    "permute": lambda inputs, options, _: inputs[0].permute(*options["dims"]),
    "transpose": lambda inputs, options, _: inputs[0].transpose(options["dim0"], options["dim1"]),
    "squeeze": lambda inputs, options, _: inputs[0].squeeze(options["dim"]) if "dim" in options else _squeezed(inputs[0]),
    "unsqueeze": _one(torch.unsqueeze),
    "expand": _expand,
    "repeat": _repeat,
    "select": lambda inputs, options, _: inputs[0].select(options["dim"], options["index"]),
    "slice": _slice,
    "concat": _concat,
    "stack": lambda inputs, options, _: torch.stack(inputs, dim=options["dim"]),
    "add": _fold(torch.add),
    "sub": _fold(torch.sub),
    "mul": _fold(torch.mul),
    "div": _fold(torch.div),
    "maximum": _fold(torch.maximum),
    "minimum": _fold(torch.minimum),
    "matmul": _fold(torch.matmul),
    "scale": lambda inputs, options, _: inputs[0] * options["factor"],
    "shift": lambda inputs, options, _: inputs[0] + options["offset"],
    "power": lambda inputs, options, _: inputs[0] ** options["exponent"],
    **{
        name: _one(getattr(torch, name))
        for name in ("exp", "log", "log1p", "sqrt", "abs", "sin", "cos", "neg", "square", "detach", "clamp")
    },
    "reduce_mean": _reduction(torch.mean),
    "reduce_sum": _reduction(torch.sum),
    "reduce_max": _reduction(torch.amax),
    "reduce_min": _reduction(torch.amin),
    "reduce_std": _reduction(torch.std),
    "reduce_norm": _reduction(torch.linalg.vector_norm),
    "reduce_logsumexp": _reduction(torch.logsumexp),
    "constant": _constant,
}  # fmt: skip
"""Operation -> what it computes from its inputs, its options (torch's; shapes leave out the batch) and the batch's size."""


def _squeezed(x: Tensor) -> Tensor:
    """All dimensions of size one but the batch's."""
    return x.reshape(x.shape[0], *(n for n in x.shape[1:] if n != 1))
