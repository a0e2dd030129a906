"""Trains PriceNet: python train.py [--config conf/price.yaml] [--batch-size N]"""

import argparse

import torch
import yaml
from torch import nn

from data import make_loaders
from engine import train_one_epoch, validate
from model import PriceNet


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="conf/price.yaml")
    parser.add_argument("--batch-size", type=int, default=4)
    return parser.parse_args()


def main():
    args = parse_args()
    with open(args.config) as file:
        config = yaml.safe_load(file)
    torch.manual_seed(config["seed"])

    train_loader, val_loader = make_loaders(config["data"], args.batch_size)
    model = PriceNet(in_features=7, **config["model"])
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=config["optim"]["lr"],
        weight_decay=config["optim"]["weight_decay"],
    )

    for epoch in range(config["epochs"]):
        loss = train_one_epoch(model, train_loader, criterion, optimizer)
        print(f"epoch {epoch + 1}: training loss {loss:.4g}")
    print(f"validation RMSE: {validate(model, val_loader):.0f} dollars")


if __name__ == "__main__":
    main()
