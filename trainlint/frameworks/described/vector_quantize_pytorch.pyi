"""Quantizers of vector_quantize_pytorch (1.x): projections are their only layers, codebooks are kept by averages."""

import math

import torch
from torch import nn

def _projections(wide, inner, bias=True):
    if wide == inner:
        return nn.Identity(), nn.Identity()
    return nn.Linear(wide, inner, bias=bias), nn.Linear(inner, wide, bias=bias)

def _projected(layer, x, channels_first):
    """Pictures have their channels first."""
    if not channels_first or isinstance(layer, nn.Identity):
        return layer(x)
    return layer(x.movedim(1, -1)).movedim(-1, 1)

def _distance(x, weight):
    return weight * torch.cdist(x, x.detach())[torch.arange(2)].amin()

class VectorQuantize(nn.Module):
    def __init__(
        self,
        dim,
        codebook_size,
        codebook_dim=None,
        heads=1,
        separate_codebook_per_head=False,
        decay=0.8,
        eps=1e-5,
        freeze_codebook=False,
        kmeans_init=False,
        kmeans_iters=10,
        sync_kmeans=True,
        use_cosine_sim=False,
        layernorm_after_project_in=False,
        threshold_ema_dead_code=0,
        channel_last=True,
        accept_image_fmap=False,
        accept_3d_fmap=False,
        commitment_weight=1.0,
        *args,
        **kwargs,
    ):
        super().__init__()
        self.dim, self.codebook_size, self.heads = dim, codebook_size, heads
        self.commitment_weight = commitment_weight
        self.channels_first = accept_image_fmap or accept_3d_fmap or not channel_last
        inner = (codebook_dim or dim) * heads
        self.project_in, self.project_out = _projections(dim, inner)
        if layernorm_after_project_in and inner != dim:
            self.project_in = nn.Sequential(self.project_in, nn.LayerNorm(inner))
        embed = torch.randn(codebook_size, codebook_dim or dim)
        learned = kwargs.get("learnable_codebook")
        if learned or kwargs.get("orthogonal_reg_weight"):
            self.embed = nn.Parameter(embed)
        else:
            self.register_buffer("embed", embed)

    @property
    def codebook(self):
        return self.embed

    def get_codes_from_indices(self, indices):
        return self.embed[indices]

    def get_output_from_indices(self, indices):
        return self.project_out(self.embed[indices])

    def forward(self, x, *args, **kwargs):
        inner = _projected(self.project_in, x, self.channels_first)
        indices = torch.cdist(inner.detach(), self.embed)[torch.arange(2)].argmin(dim=-1)
        codes = inner + (self.embed.detach()[indices] - inner.detach())[torch.arange(2)]
        loss = _distance(inner, self.commitment_weight)
        return _projected(self.project_out, codes, self.channels_first), indices, loss

class ResidualVQ(nn.Module):
    def __init__(
        self,
        *,
        dim,
        num_quantizers=None,
        codebook_size,
        codebook_dim=None,
        accept_image_fmap=False,
        **kwargs,
    ):
        super().__init__()
        inner = codebook_dim or dim
        self.channels_first = accept_image_fmap
        self.project_in, self.project_out = _projections(dim, inner)
        sizes = codebook_size if isinstance(codebook_size, tuple) else (codebook_size,) * num_quantizers
        self.num_quantizers = len(sizes)
        self.layers = nn.ModuleList([VectorQuantize(inner, size, **kwargs) for size in sizes])

    def forward(self, x, *args, **kwargs):
        residual, total, indices, losses = _projected(self.project_in, x, self.channels_first), 0, [], []
        for layer in self.layers:
            codes, index, loss = layer(residual)
            residual, total = residual - codes.detach(), total + codes
            indices.append(index)
            losses.append(loss)
        out = _projected(self.project_out, total, self.channels_first)
        return out, torch.stack(indices, dim=-1), torch.stack(losses, dim=-1)

class FSQ(nn.Module):
    def __init__(
        self,
        levels,
        dim=None,
        num_codebooks=1,
        keep_num_codebooks_dim=None,
        scale=None,
        allowed_dtypes=None,
        channel_first=False,
        projection_has_bias=True,
        return_indices=True,
        **kwargs,
    ):
        super().__init__()
        inner = len(levels) * num_codebooks
        self.dim, self.channel_first, self.codebook_size = dim or inner, channel_first, math.prod(levels)
        self.project_in, self.project_out = _projections(self.dim, inner, projection_has_bias)

    def forward(self, z):
        first = self.channel_first or z.ndim >= 4
        inner = _projected(self.project_in, z, first)
        codes = inner + (inner.round() - inner).detach()
        return _projected(self.project_out, codes, first), codes.detach().sum(dim=-1).long()

class LFQ(nn.Module):
    def __init__(
        self,
        *,
        dim=None,
        codebook_size=None,
        entropy_loss_weight=0.1,
        commitment_loss_weight=0.0,
        num_codebooks=1,
        has_projections=None,
        projection_has_bias=True,
        channel_first=None,
        **kwargs,
    ):
        super().__init__()
        bits = int(math.log2(codebook_size)) if codebook_size else dim
        inner = bits * num_codebooks
        self.dim, self.channel_first = dim or inner, channel_first
        self.codebook_size = codebook_size or 2**dim
        self.project_in, self.project_out = _projections(self.dim, inner, projection_has_bias)

    def forward(self, x, *args, **kwargs):
        first = self.channel_first or x.ndim >= 4
        inner = _projected(self.project_in, x, first)
        codes = inner + (inner.sign() - inner).detach()
        loss = _distance(inner, 0.1)
        return _projected(self.project_out, codes, first), codes.detach().sum(dim=-1).long(), loss
