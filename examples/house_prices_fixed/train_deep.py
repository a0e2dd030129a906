"""Trains DeepPriceNet: python train_deep.py [--config conf/deep.yaml]"""

import argparse

import torch
import yaml
from torch import nn

from data import make_loaders
from engine import train_one_epoch, validate
from model import DeepPriceNet


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="conf/deep.yaml")
    args = parser.parse_args()
    with open(args.config) as file:
        config = yaml.safe_load(file)
    torch.manual_seed(config["seed"])

    train_loader, val_loader, price_std = make_loaders(config["data"], config["batch_size"])
    model = DeepPriceNet(in_features=7, **config["model"])
    criterion = nn.MSELoss()
    optim = config["optim"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=optim["lr"])

    for epoch in range(config["epochs"]):
        loss = train_one_epoch(model, train_loader, criterion, optimizer, clip_norm=optim["clip_norm"])
        print(f"epoch {epoch + 1}: training loss {loss:.4g}")
    print(f"validation RMSE: {validate(model, val_loader, price_std):.0f} dollars")


if __name__ == "__main__":
    main()
