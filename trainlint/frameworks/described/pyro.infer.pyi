"""Stochastic variational inference of Pyro (1.9): one update runs the guide and the model on the same arguments."""

import torch
from pyro import kept

class ELBO:
    def __init__(self, *args, **kwargs):
        pass

    def differentiable_loss(self, model, guide, *args, **kwargs):
        kept()["terms"], kept()["drawn"] = [], {}
        guide(*args, **kwargs)
        model(*args, **kwargs)
        total = torch.zeros(1)
        for term in kept()["terms"]:
            total = total - term.sum()
        return total

    def loss(self, model, guide, *args, **kwargs):
        with torch.no_grad():
            return self.differentiable_loss(model, guide, *args, **kwargs).item()

class Trace_ELBO(ELBO): ...
class TraceGraph_ELBO(ELBO): ...
class TraceEnum_ELBO(ELBO): ...
class TraceMeanField_ELBO(ELBO): ...
class JitTrace_ELBO(ELBO): ...
class JitTraceEnum_ELBO(ELBO): ...
class JitTraceMeanField_ELBO(ELBO): ...
class RenyiELBO(ELBO): ...

def config_enumerate(guide=None, default="parallel", expand=False, num_samples=None, tmc="diagonal"):
    return guide if guide is not None else lambda wrapped: wrapped

class SVI:
    def __init__(self, model, guide, optim, loss, loss_and_grads=None, num_samples=0, num_steps=0, **kwargs):
        self.model, self.guide, self.optim, self.elbo = model, guide, optim, loss

    def step(self, *args, **kwargs):
        loss = self.elbo.differentiable_loss(self.model, self.guide, *args, **kwargs)
        loss.backward()
        learned = [parameter for module in kept()["modules"] for parameter in module.parameters()]
        self.optim([*learned, *kept()["params"].values()])
        return loss.item()

    def evaluate_loss(self, *args, **kwargs):
        return self.elbo.loss(self.model, self.guide, *args, **kwargs)
