"""One epoch of training and one of validation, shared by both scripts."""

import torch
from torch import nn


def train_one_epoch(model, loader, criterion, optimizer, clip_norm=None):
    model.train()
    total = 0.0
    for features, prices in loader:
        optimizer.zero_grad()
        loss = criterion(model(features), prices)
        loss.backward()
        optimizer.step()
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        total += loss.item() * len(features)
    return total / len(loader.dataset)


@torch.no_grad()
def validate(model, loader):
    """The root mean squared error over the loader, in dollars."""
    model.eval()
    squared = 0.0
    for features, prices in loader:
        squared += ((model(features) - prices) ** 2).sum().item()
    return (squared / len(loader.dataset)) ** 0.5
