import torch
import yaml
from flowers.nets import build
from flowers.pictures import loaders
from torch import nn, optim


def evaluate(net, loader):
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in loader:
            right += (net(x).argmax(1) == y).sum().item()
    return right / len(loader.dataset)


def main():
    with open("tune.yaml") as file:
        cfg = yaml.safe_load(file)
    torch.manual_seed(5)
    train, test = loaders(cfg["root"], cfg["batch"])
    net = build(cfg)
    optimizer = optim.AdamW(
        net.parameters(), lr=cfg["optim"]["lr"], weight_decay=cfg["optim"]["weight_decay"]
    )
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=cfg["epochs"])
    criterion = nn.CrossEntropyLoss()
    for epoch in range(cfg["epochs"]):
        net.train()
        for x, y in train:
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
        schedule.step()
        print(epoch, evaluate(net, test))


if __name__ == "__main__":
    main()
