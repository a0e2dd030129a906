import torch
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader

from .cli import build_parser
from .deep import DeepRegressor
from .table import COLUMNS, read


def main(argv=None):
    ns = build_parser().parse_args(argv)
    torch.manual_seed(99)
    train, test, scale_y = read(ns.csv_path)
    net = DeepRegressor(len(COLUMNS), ns.width, ns.depth)
    adam = torch.optim.Adam(net.parameters(), lr=ns.alpha)
    feed = DataLoader(train, batch_size=ns.mb, shuffle=True)
    check = DataLoader(test, batch_size=2000)
    for sweep in range(ns.sweeps):
        net.train()
        cost = 0.0
        for x, y in feed:
            adam.zero_grad()
            loss = F.mse_loss(net(x), y)
            loss.backward()
            clip_grad_norm_(net.parameters(), ns.clip_at)
            adam.step()
            cost += loss.item() * x.shape[0]
        net.eval()
        with torch.no_grad():
            mae = sum((net(x) - y).abs().sum().item() for x, y in check) / len(test)
        print(sweep, cost / len(train), mae * float(scale_y.sd[0]))
    torch.save(net.state_dict(), ns.weights_path)


main()
