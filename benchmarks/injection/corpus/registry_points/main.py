import argparse
import json

import torch
from torch import nn
from torch.utils.data import DataLoader

from points import nets  # noqa: F401
from points.clouds import Clouds
from points.registry import models, optimizers


def epoch_pass(net, loader, loss_fn, optimizer=None):
    total, hit, n = 0.0, 0, 0
    for cloud, kind in loader:
        logits = net(cloud)
        loss = loss_fn(logits, kind)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(kind)
        hit += (logits.argmax(1) == kind).sum().item()
        n += len(kind)
    return total / n, hit / n


def main():
    cmd = argparse.ArgumentParser()
    cmd.add_argument("hparams", nargs="?", default="hparams.json")
    with open(cmd.parse_args().hparams) as f:
        hp = json.load(f)
    torch.manual_seed(12)
    data = hp["data"]
    train = DataLoader(Clouds(data["root"], "train", data["points"]), batch_size=data["batch"], shuffle=True, drop_last=True)
    test = DataLoader(Clouds(data["root"], "test", data["points"]), batch_size=data["batch"])
    net = models.create(hp["model"])
    optimizer = optimizers.create(hp["optim"], net.parameters())
    decay = torch.optim.lr_scheduler.StepLR(optimizer, hp["lr_step"], hp["lr_gamma"])
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(hp["epochs"]):
        net.train()
        tr = epoch_pass(net, train, loss_fn, optimizer)
        decay.step()
        net.eval()
        with torch.no_grad():
            te = epoch_pass(net, test, loss_fn)
        print(epoch, "train %.4f %.4f" % tr, "test %.4f %.4f" % te)


if __name__ == "__main__":
    main()
