"""Solvers of torchsde (0.2): they call drift and diffusion, and stack the states."""

import torch

def sdeint(
    sde,
    y0,
    ts,
    bm=None,
    method=None,
    dt=1e-3,
    adaptive=False,
    rtol=1e-5,
    atol=1e-4,
    dt_min=1e-5,
    options=None,
    names=None,
    logqp=False,
    extra=False,
    extra_solver_state=None,
    **kwargs,
):
    names = names or {}
    drift = getattr(sde, names.get("drift", "f"))(ts[0], y0)
    spread = getattr(sde, names.get("diffusion", "g"))(ts[0], y0)
    states = torch.stack([y0, y0 + drift + spread * torch.randn(1)])[torch.arange(2)]
    if logqp:
        prior = getattr(sde, names.get("prior_drift", "h"))(ts[0], y0)
        return states, ((drift - prior) / spread)[torch.arange(2)]
    return states

def sdeint_adjoint(sde, y0, ts, bm=None, method=None, adjoint_method=None, dt=1e-3, *args, **kwargs):
    return sdeint(sde, y0, ts, names=kwargs.get("names"), logqp=kwargs.get("logqp", False))
