import argparse
import itertools

import numpy as np
import torch
import torch.nn as nn
import yaml

from attrdict import AttrDict


def options():
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--config", default="defaults.yml")
    known, rest = first.parse_known_args()
    with open(known.config) as stream:
        defaults = yaml.load(stream, yaml.SafeLoader)
    parser = argparse.ArgumentParser(parents=[first])
    parser.add_argument("--csv", type=str)
    parser.add_argument("--lr", type=float)
    parser.add_argument("--momentum", type=float)
    parser.add_argument("--batch_size", type=int)
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--grad_limit", type=float)
    parser.set_defaults(**defaults)
    return AttrDict(vars(parser.parse_args(rest)))


class Net(nn.Module):
    def __init__(self, n_in, widths, nonlinearity):
        super().__init__()
        sizes = [n_in] + widths
        act = getattr(nn, nonlinearity)
        self.layers = nn.Sequential(*itertools.chain.from_iterable((nn.Linear(i, o), act()) for i, o in zip(sizes, sizes[1:])))
        self.count = nn.Linear(sizes[-1], 1)

    def forward(self, x):
        return self.count(self.layers(x))


def standardise(a, reference):
    return (a - reference.mean(axis=0)) / reference.std(axis=0)


def forever(loader):
    while True:
        for batch in loader:
            yield batch


def main():
    opt = options()
    torch.manual_seed(0)
    rows = np.genfromtxt(opt.csv, delimiter=",", skip_header=1, dtype=np.float32)
    np.random.RandomState(0).shuffle(rows)
    n = len(rows) * 4 // 5
    x = standardise(rows[:, :-1], rows[:n, :-1])
    y = standardise(rows[:, -1:], rows[:n, -1:])
    train = torch.utils.data.TensorDataset(torch.from_numpy(x[:n]), torch.from_numpy(y[:n]))
    loader = torch.utils.data.DataLoader(train, opt.batch_size, shuffle=True, drop_last=True)
    net = Net(x.shape[1], opt.network.widths, opt.network.nonlinearity)
    optimizer = torch.optim.SGD(net.parameters(), lr=opt.lr, momentum=opt.momentum)
    huber = nn.HuberLoss(delta=opt.delta)
    batches = iter(forever(loader))
    iteration = 0
    while iteration < opt.iterations:
        xb, yb = next(batches)
        optimizer.zero_grad()
        loss = huber(net(xb), yb)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), opt.grad_limit)
        optimizer.step()
        if iteration % 500 == 0:
            net.eval()
            with torch.no_grad():
                error = (net(torch.from_numpy(x[n:])) - torch.from_numpy(y[n:])).abs().mean().item()
            net.train()
            print(f"{iteration}: {loss.item():.4f} {error:.4f}")
        iteration += 1


if __name__ == "__main__":
    main()
