"""Denoising diffusion on two-dimensional point clouds; nothing to download."""
from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn, optim


class Schedule(NamedTuple):
    steps: int = 100
    low: float = 1e-4
    high: float = 0.02

    def alpha_bar(self) -> Tensor:
        return torch.cumprod(1 - torch.linspace(self.low, self.high, self.steps), dim=0)


class Hyper(NamedTuple):
    lr: float = 2e-3
    updates: int = 5_000
    batch: int = 512
    ema: float = 0.995
    max_norm: float = 1.0


class TimeEmbedding(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, t: Tensor) -> Tensor:
        freq = torch.exp(-math.log(1e4) * torch.arange(self.dim // 2, device=t.device) / (self.dim // 2))
        angle = t[:, None].float() * freq[None]
        return torch.cat([angle.sin(), angle.cos()], dim=1)


class Denoiser(nn.Module):
    def __init__(self, width: int = 128, depth: int = 3) -> None:
        super().__init__()
        self.time = nn.Sequential(TimeEmbedding(32), nn.Linear(32, width), nn.SiLU(), nn.Linear(width, width))
        self.inp = nn.Linear(2, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.out = nn.Linear(width, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = self.inp(x) + self.time(t)
        for layer in self.hidden:
            h = h + nn.functional.silu(layer(h))
        return self.out(h)


def two_moons(n: int) -> Tensor:
    angle = torch.rand(n) * math.pi
    upper = torch.rand(n) < 0.5
    x = torch.where(upper, angle.cos(), 1 - angle.cos())
    y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
    points = torch.stack([x - 0.5, y - 0.25], dim=1)
    return points + 0.05 * torch.randn(n, 2)


def train(hyper: Hyper, schedule: Schedule) -> Denoiser:
    net = Denoiser()
    alpha_bar = schedule.alpha_bar()
    adam = optim.Adam(net.parameters(), lr=hyper.lr)
    average = 1.0
    for update in range(hyper.updates):
        x0 = two_moons(hyper.batch)
        t = torch.randint(schedule.steps, (hyper.batch,))
        noise = torch.randn_like(x0)
        a = alpha_bar[t][:, None]
        xt = a.sqrt() * x0 + (1 - a).sqrt() * noise
        loss = (net(xt, t) - noise).square().mean()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), hyper.max_norm)
        adam.step()
        average = hyper.ema * average + (1 - hyper.ema) * loss.item()
        if update % 500 == 0:
            print(f"{update:5d} {average:.4f}")
    return net


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.save(train(Hyper(), Schedule()).state_dict(), "moons.pt")
