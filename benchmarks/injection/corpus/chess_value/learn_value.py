import fire
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

from chessnet import Config, ValueNet

MAKE = {
    "sgd": lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9, weight_decay=1e-4),
    "adam": lambda params, lr: torch.optim.Adam(params, lr=lr),
}


def datasets(path):
    pack = np.load(path)
    planes = torch.from_numpy(pack["planes"] > 0).float()
    outcome = torch.from_numpy(pack["outcome"].astype(np.int64))
    return random_split(TensorDataset(planes, outcome), [0.95, 0.05], torch.Generator().manual_seed(2))


def train_step(net, optimizer, criterion, batch):
    planes, outcome = batch
    optimizer.zero_grad()
    loss = criterion(net(planes), outcome)
    loss.backward()
    optimizer.step()
    return {"loss": loss.item(), "n": len(outcome)}


def train(config="config.json", **overrides):
    c = Config.load(config, **overrides)
    torch.manual_seed(2)
    train_part, valid_part = datasets(c.positions)
    net = ValueNet(c.filters, c.blocks)
    if c.resume:
        net.load_state_dict(torch.load(c.resume, weights_only=True))
    optimizer = MAKE[c.optimizer](net.parameters(), c.lr)
    criterion = nn.CrossEntropyLoss()
    train_loader = DataLoader(train_part, c.batch_size, shuffle=True)
    valid_loader = DataLoader(valid_part, c.batch_size)
    for epoch in range(c.epochs):
        net.train()
        logs = [train_step(net, optimizer, criterion, batch) for batch in train_loader]
        mean = sum(l["loss"] * l["n"] for l in logs) / sum(l["n"] for l in logs)
        net.eval()
        with torch.inference_mode():
            hits = sum(int((net(p).argmax(1) == o).sum()) for p, o in valid_loader)
        print(f"epoch {epoch} loss {mean:.4f} accuracy {hits / len(valid_part):.4f}")
        torch.save(net.state_dict(), f"value-{epoch}.pt")


if __name__ == "__main__":
    fire.Fire(train)
