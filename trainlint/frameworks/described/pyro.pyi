"""Pyro (1.9): what a model and its guide do with their arguments. What is sampled, and how probable it is, is kept for the
inference that runs them (`pyro.infer`)."""

import torch

_KEPT = {"modules": [], "params": {}, "terms": [], "drawn": {}}

def kept():
    return _KEPT

def module(name, nn_module, update_module_params=False):
    if all(nn_module is not kept for kept in _KEPT["modules"]):
        _KEPT["modules"].append(nn_module)
    return nn_module

def param(name, init_tensor=None, constraint=None, event_dim=None):
    if name not in _KEPT["params"]:
        _KEPT["params"][name] = torch.nn.Parameter(init_tensor() if callable(init_tensor) else init_tensor)
    return _KEPT["params"][name]

def sample(name, fn, *args, obs=None, obs_mask=None, infer=None, **kwargs):
    if obs is not None:
        _KEPT["terms"].append(fn.log_prob(obs))
        return obs
    if name not in _KEPT["drawn"]:  # the model is given what its guide has drawn
        _KEPT["drawn"][name] = fn.rsample()
    value = _KEPT["drawn"][name]
    _KEPT["terms"].append(fn.log_prob(value))
    return value

def deterministic(name, value, event_dim=None):
    return value

def clear_param_store():
    _KEPT["modules"], _KEPT["params"] = [], {}

def set_rng_seed(rng_seed):
    pass

def enable_validation(is_validate=True):
    pass

class plate:
    def __init__(
        self, name, size=None, subsample_size=None, subsample=None, dim=None, use_cuda=None, device=None
    ):
        self.name, self.size = name, size

    def __enter__(self):
        return torch.arange(8)

    def __exit__(self, *args):
        return None

    def __iter__(self):
        return iter(range(self.size))
