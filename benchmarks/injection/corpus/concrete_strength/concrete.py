import sys

import pandas as pd
import torch
import yaml
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from layers import fully_connected, init_weights


class Config:
    def __init__(self, mapping):
        for k, v in mapping.items():
            setattr(self, k, Config(v) if isinstance(v, dict) else v)


def tensors(cfg):
    table = pd.read_csv(cfg.csv)
    recipe = torch.tensor(table.drop(columns=[cfg.target]).values, dtype=torch.float32)
    strength = torch.tensor(table[cfg.target].values, dtype=torch.float32).unsqueeze(1)
    order = torch.randperm(len(table))
    test, train = order[: len(table) // 5], order[len(table) // 5 :]
    recipe = (recipe - recipe[train].mean(0)) / recipe[train].std(0)
    strength = (strength - strength[train].mean()) / strength[train].std()
    return TensorDataset(recipe[train], strength[train]), TensorDataset(recipe[test], strength[test])


def main():
    with open("hyperparameters.yaml") as f:
        cfg = Config(yaml.safe_load(f))
    torch.manual_seed(40)
    train, test = tensors(cfg)
    model = fully_connected(train.tensors[0].shape[1], cfg.units, cfg.layers, cfg.activation)
    model.apply(init_weights)
    sgd = optim.SGD(model.parameters(), lr=cfg.optimizer.lr, momentum=cfg.optimizer.momentum)
    criterion = nn.L1Loss()
    for epoch in range(cfg.fit.epochs):
        model.train()
        sum_loss = 0.0
        for recipe, strength in DataLoader(train, batch_size=cfg.fit.batch, shuffle=True):
            sgd.zero_grad()
            guess = model(recipe)
            loss = criterion(guess, strength)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), cfg.fit.clip)
            sgd.step()
            sum_loss += loss.item() * len(recipe)
        model.eval()
        with torch.no_grad():
            test_loss = sum(criterion(model(a), b).item() * len(a) for a, b in DataLoader(test, batch_size=500))
        print(epoch, sum_loss / len(train), test_loss / len(test))
    torch.save(model.state_dict(), "concrete.pt")


if __name__ == "__main__":
    sys.exit(main())
