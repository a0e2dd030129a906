import torch
from torch.optim import lr_scheduler

from . import models


def build_model(cfg):
    kind = cfg["model"]["type"]
    args = cfg["model"]["args"]
    n_mels = cfg["features"]["n_mels"]
    if kind == "conv1d":
        return models.Conv1dNet(n_mels, **args)
    if kind == "linear":
        return models.LinearProbe(n_mels, args["n_classes"])
    raise ValueError(f"no such model: {kind}")


def build_optimizer(cfg, params):
    cls = getattr(torch.optim, cfg["optimizer"])
    return cls(params, **cfg["optimizer_args"])


def build_scheduler(cfg, optimizer):
    return getattr(lr_scheduler, cfg["scheduler"])(optimizer, **cfg["scheduler_args"])
