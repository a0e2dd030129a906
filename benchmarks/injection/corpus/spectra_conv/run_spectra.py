from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser

import torch
from torch import nn, optim

from spectra.data import SpectraModule
from spectra.loop import Loop
from spectra.nn import PlainConv

if __name__ == "__main__":
    p = ArgumentParser(formatter_class=ArgumentDefaultsHelpFormatter)
    p.add_argument("--folder", default="nir")
    p.add_argument("--batch_size", type=int, default=40)
    p.add_argument("--epochs", type=int, default=90)
    p.add_argument("--initial_lr", type=float, default=0.0008)
    p.add_argument("--max_norm", type=float, default=1.0)
    p.add_argument("--components", type=int, default=4)
    conf = vars(p.parse_args())

    torch.manual_seed(0)
    data = SpectraModule(conf["folder"], conf["batch_size"])
    data.setup()
    model = PlainConv(conf["components"])
    optimizer = optim.Adam(model.parameters(), lr=conf["initial_lr"])
    Loop(model, nn.MSELoss(), optimizer, conf["max_norm"]).fit(data.train_loader(), data.test_loader(), conf["epochs"])
    torch.save(model.state_dict(), "spectra.pt")
