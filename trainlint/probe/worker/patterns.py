"""Fixed random patterns by which a hidden cause shows in an input, in a form that such networks can see."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional

from trainlint.probe.spec import InputSpec, NetworkSpec

TILE = 4
"""Period of a texture: what a convolution of three sees within two layers, whatever pooling comes after."""


def patterns(network: NetworkSpec, spec: InputSpec, count: int, source: Generator) -> Tensor:
    """(count, *shape), each of mean square 1.

    Vectors: white. Sequences: one vector through all steps. Images and signals: textures (periodic, so that networks with
    global pooling can tell them apart) and smooth shapes, in turns.
    """
    shape = spec.shape
    if len(shape) <= 1:
        found = torch.randn((count, *shape), generator=source)
    elif features_last(network, spec):
        found = torch.randn((count, 1, shape[-1]), generator=source).expand(count, *shape)
    else:
        found = torch.stack([_field(shape, source, texture=number % 2 == 0) for number in range(count)])
    scale = found.flatten(1).square().mean(1).sqrt().clamp_min(1e-6)
    return found / scale.reshape(-1, *[1] * (found.dim() - 1))


def _field(shape: tuple[int, ...], source: Generator, *, texture: bool) -> Tensor:
    """(channels, places...): a tile repeated, or a coarse field stretched over all places."""
    small = [min(TILE, n) for n in shape[1:]]
    tile = torch.randn((shape[0], *small), generator=source)
    if texture:
        for dim, length in enumerate(shape[1:], start=1):
            times = [1] * tile.dim()
            times[dim] = -(-length // tile.shape[dim])
            tile = tile.repeat(times).narrow(dim, 0, length)
        return tile
    if len(small) > 3:
        return torch.randn(shape, generator=source)
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(small)]
    return functional.interpolate(tile[None], size=shape[1:], mode=mode, align_corners=False)[0]


def features_last(network: NetworkSpec, spec: InputSpec) -> bool:
    """Whether an input is a sequence (T, D) rather than channels before places: what consumes it decides."""
    if len(spec.shape) != 2:
        return False
    first = [layer.op for layer in network.layers if spec.id in layer.inputs]
    return not any(op.endswith("1d") or op == "batchnorm" for op in first)
