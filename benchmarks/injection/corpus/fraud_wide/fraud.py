"""Card fraud: a plain deep classifier over standardised transaction features, hand-made batches."""
import math
import os

import numpy as np
import pandas as pd
import torch
from torch import nn

CONFIG = dict(
    table=os.environ.get("FRAUD_CSV", "transactions.csv"),
    batch_size=512,
    lr=0.005,
    steps=20_000,
    max_norm=1.0,
    widths=(256, 256, 128, 128, 64, 64, 32, 32),
)


class FraudNet(nn.Module):
    def __init__(self, n_features, widths):
        super().__init__()
        dims = (n_features,) + tuple(widths)
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.logit = nn.Linear(dims[-1], 1)
        for layer in self.hidden:
            layer.weight.data.normal_(0, math.sqrt(2.0 / layer.in_features))

    def forward(self, x):
        for layer in self.hidden:
            x = nn.functional.relu(layer(x))
        return self.logit(x).view(-1)


def batches(x, y, size, generator):
    while True:
        order = generator.permutation(len(x))
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            yield torch.from_numpy(x[rows]), torch.from_numpy(y[rows])


def main(config):
    generator = np.random.default_rng(0)
    torch.manual_seed(0)
    table = pd.read_csv(config["table"])
    y = table.pop("fraud").to_numpy("float32")
    x = table.to_numpy("float32")
    n = int(len(x) * 0.8)
    x = (x - x[:n].mean(0)) / (x[:n].std(0) + 1e-9)

    net = FraudNet(x.shape[1], config["widths"])
    opt = torch.optim.SGD(net.parameters(), lr=config["lr"], momentum=0.95, nesterov=True)
    weight = torch.tensor((1 - y[:n].mean()) / y[:n].mean())
    criterion = nn.BCEWithLogitsLoss(pos_weight=weight)
    stream = batches(x[:n], y[:n], config["batch_size"], generator)
    for step in range(config["steps"]):
        features, fraud = next(stream)
        net.zero_grad()
        loss = criterion(net(features), fraud)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), config["max_norm"])
        opt.step()
        if step % 500 == 0:
            net.eval()
            with torch.no_grad():
                caught = (net(torch.from_numpy(x[n:])) > 0).numpy()[y[n:] == 1].mean()
            net.train()
            print(f"{step}: loss {loss.item():.4f} recall {caught:.3f}")


if __name__ == "__main__":
    main(CONFIG)
