"""Add the two marked numbers of a sequence."""
import json

import torch
from torch import nn

from cell import GatedNet


def sample(length, n):
    numbers = torch.rand(length, n)
    marks = torch.zeros(length, n)
    first = torch.randint(0, length // 2, (n,))
    second = torch.randint(length // 2, length, (n,))
    marks[first, torch.arange(n)] = 1.0
    marks[second, torch.arange(n)] = 1.0
    target = (numbers * marks).sum(0).unsqueeze(1)
    return torch.stack([numbers, marks], dim=2), target


def main():
    task = json.load(open("task.json"))
    torch.manual_seed(9)
    net = GatedNet(2, task["units"])
    rms = torch.optim.RMSprop(net.parameters(), **task["optimizer"])
    smooth = None
    for update in range(task["updates"]):
        sequence, target = sample(task["length"], task["batch"])
        loss = nn.functional.mse_loss(net(sequence), target)
        rms.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), task["max_norm"])
        rms.step()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        if update % 100 == 0:
            print(update, round(smooth, 5))


if __name__ == "__main__":
    main()
