"""Checkpoints of torchutil (0.0.x): a network and its optimizer, written and taken up again."""

import torch

def load(file, model, optimizer=None, map_location="cpu"):
    checkpoint = torch.load(file, map_location=map_location)
    model.load_state_dict(checkpoint["model"])
    if optimizer is not None:
        optimizer.load_state_dict(checkpoint["optimizer"])
    return model, optimizer, checkpoint

def save(file, model, optimizer, **kwargs):
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), **kwargs}, file)

def latest_path(directory, glob="*.pt", latest_fn=None):
    files = list(directory.glob(glob))
    if not files:
        return None
    return files[-1]

def best_path(directory, glob="*.pt", best_fn=None):
    files = list(directory.glob(glob))
    if not files:
        return None
    return files[-1], torch.load(files[-1])["score"]
