"""Optimizers of Pyro (1.9): those of torch, made of the parameters that inference meets."""

import torch

class PyroOptim:
    def __init__(self, optim_constructor, optim_args, clip_args=None):
        self.constructor, self.options, self.clipping = optim_constructor, optim_args, clip_args or {}
        self.made = None

    def __call__(self, params, *args, **kwargs):
        if self.made is None:
            self.made = self.constructor(params, **self.options)
        if "clip_norm" in self.clipping:
            torch.nn.utils.clip_grad_norm_(params, self.clipping["clip_norm"])
        if "clip_value" in self.clipping:
            torch.nn.utils.clip_grad_value_(params, self.clipping["clip_value"])
        self.made.step()
        self.made.zero_grad()

    def save(self, filename):
        pass

class PyroLRScheduler(PyroOptim):
    def __init__(self, scheduler_constructor, optim_args, clip_args=None):
        options = dict(optim_args)
        constructor = options.pop("optimizer")
        super().__init__(constructor, options.pop("optim_args"), clip_args)
        self.schedule, self.schedule_options, self.scheduler = scheduler_constructor, options, None

    def __call__(self, params, *args, **kwargs):
        super().__call__(params)
        if self.scheduler is None:
            self.scheduler = self.schedule(self.made, **self.schedule_options)

    def step(self, *args, **kwargs):
        if self.scheduler is not None:
            self.scheduler.step(*args, **kwargs)

def Adam(optim_args, clip_args=None):
    return PyroOptim(torch.optim.Adam, optim_args, clip_args)

def AdamW(optim_args, clip_args=None):
    return PyroOptim(torch.optim.AdamW, optim_args, clip_args)

def Adamax(optim_args, clip_args=None):
    return PyroOptim(torch.optim.Adamax, optim_args, clip_args)

def Adagrad(optim_args, clip_args=None):
    return PyroOptim(torch.optim.Adagrad, optim_args, clip_args)

def RMSprop(optim_args, clip_args=None):
    return PyroOptim(torch.optim.RMSprop, optim_args, clip_args)

def SGD(optim_args, clip_args=None):
    return PyroOptim(torch.optim.SGD, optim_args, clip_args)

def ExponentialLR(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.ExponentialLR, optim_args, clip_args)

def StepLR(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.StepLR, optim_args, clip_args)

def MultiStepLR(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.MultiStepLR, optim_args, clip_args)

def OneCycleLR(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.OneCycleLR, optim_args, clip_args)

def CosineAnnealingLR(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.CosineAnnealingLR, optim_args, clip_args)

def ReduceLROnPlateau(optim_args, clip_args=None):
    return PyroLRScheduler(torch.optim.lr_scheduler.ReduceLROnPlateau, optim_args, clip_args)
