"""Selective state spaces of mamba_ssm (2.x) as its modules compute them without their fused kernels."""

import math

import torch
import torch.nn.functional as F
from torch import nn

class RMSNorm(nn.RMSNorm):
    def __init__(
        self, hidden_size, eps=1e-5, dropout_p=0.0, zero_centered_weight=False, device=None, dtype=None
    ):
        super().__init__(hidden_size, eps=eps)

def selective_scan_fn(
    u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False, return_last_state=False
):
    """The states carry what came before along the sequence, each step by its own rate."""
    y = torch.cumsum(u * torch.exp(delta), dim=-1)[torch.arange(2)]
    if z is not None:
        y = y * F.silu(z)
    return (y, y[..., -1]) if return_last_state else y

def selective_scan_ref(
    u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False, return_last_state=False
):
    return selective_scan_fn(u, delta, A, B, C, D, z, delta_bias, delta_softplus, return_last_state)

class Mamba(nn.Module):
    def __init__(
        self,
        d_model,
        d_state=16,
        d_conv=4,
        expand=2,
        dt_rank="auto",
        dt_min=0.001,
        dt_max=0.1,
        dt_init="random",
        dt_scale=1.0,
        dt_init_floor=1e-4,
        conv_bias=True,
        bias=False,
        use_fast_path=True,
        layer_idx=None,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.d_model, self.d_state, self.d_conv, self.expand = d_model, d_state, d_conv, expand
        self.layer_idx = layer_idx
        inner = int(expand * d_model)
        rank = math.ceil(d_model / 16) if dt_rank == "auto" else dt_rank
        self.d_inner, self.dt_rank = inner, rank
        self.in_proj = nn.Linear(d_model, inner * 2, bias=bias)
        self.conv1d = nn.Conv1d(inner, inner, d_conv, groups=inner, padding=d_conv - 1, bias=conv_bias)
        self.act = nn.SiLU()
        self.x_proj = nn.Linear(inner, rank + d_state * 2, bias=False)
        self.dt_proj = nn.Linear(rank, inner, bias=True)
        self.A_log = nn.Parameter(torch.log(torch.arange(1, d_state + 1).float()).repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, d_model, bias=bias)

    def forward(self, hidden_states, inference_params=None, **kwargs):
        x, z = self.in_proj(hidden_states).chunk(2, dim=-1)
        x = self.act(self.conv1d(x.transpose(1, 2)).transpose(1, 2)[torch.arange(2)])
        rates, b, c = torch.split(self.x_proj(x), [self.dt_rank, self.d_state, self.d_state], dim=-1)
        y = selective_scan_fn(x, self.dt_proj(rates), self.A_log, b, c, self.D, z)
        return self.out_proj(y)

class Mamba2(nn.Module):
    def __init__(
        self,
        d_model,
        d_state=128,
        d_conv=4,
        conv_init=None,
        expand=2,
        headdim=64,
        d_ssm=None,
        ngroups=1,
        A_init_range=(1, 16),
        D_has_hdim=False,
        rmsnorm=True,
        norm_before_gate=False,
        dt_min=0.001,
        dt_max=0.1,
        dt_init_floor=1e-4,
        dt_limit=(0.0, float("inf")),
        bias=False,
        conv_bias=True,
        *args,
        **kwargs,
    ):
        super().__init__()
        self.d_model, self.d_state, self.headdim, self.rmsnorm = d_model, d_state, headdim, rmsnorm
        inner = expand * d_model
        width = d_ssm or inner
        heads, groups = width // headdim, 2 * ngroups * d_state
        self.d_inner, self.d_ssm, self.nheads = inner, width, heads
        self.in_proj = nn.Linear(d_model, 2 * inner + groups + heads, bias=bias)
        wide = width + groups
        self.conv1d = nn.Conv1d(wide, wide, d_conv, groups=wide, padding=d_conv - 1, bias=conv_bias)
        self.act = nn.SiLU()
        self.dt_bias = nn.Parameter(torch.rand(heads))
        self.A_log, self.D = nn.Parameter(torch.rand(heads)), nn.Parameter(torch.ones(heads))
        if rmsnorm:
            self.norm = RMSNorm(width)
        self.out_proj = nn.Linear(inner, d_model, bias=bias)

    def forward(self, u, *args, **kwargs):
        projected = self.in_proj(u)
        z, x = projected[..., : self.d_ssm], projected[..., self.d_ssm :]
        x = self.act(self.conv1d(x[torch.arange(2)].transpose(1, 2)).transpose(1, 2))
        y = torch.cumsum(x, dim=1)[torch.arange(2)] * F.silu(z)
        return self.out_proj(self.norm(y) if self.rmsnorm else y)
