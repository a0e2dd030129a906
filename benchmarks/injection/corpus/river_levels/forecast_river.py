import sys

import torch
import wandb
from omegaconf import OmegaConf
from torch import nn
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from river.gauge import Gauge
from river.tcn import TCN


def main():
    cfg = OmegaConf.merge(OmegaConf.load("base.yaml"), OmegaConf.from_cli(sys.argv[1:]))
    run = wandb.init(project="river", config=OmegaConf.to_container(cfg))
    torch.manual_seed(0)
    gauge = Gauge(cfg.gauge, cfg.history)
    train_loader = DataLoader(gauge.train, shuffle=True, **cfg.loader)
    valid_loader = DataLoader(gauge.valid, **cfg.loader)
    model = TCN(gauge.n_features, cfg.model.channels, cfg.model.levels)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.optim.lr, weight_decay=cfg.optim.weight_decay)
    criterion = nn.MSELoss()
    best = None
    for epoch in tqdm(range(cfg.epochs)):
        model.train()
        total = 0.0
        for i, (past, level) in enumerate(train_loader):
            optimizer.zero_grad()
            output = model(past)
            loss = criterion(output, level)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), cfg.clip)
            optimizer.step()
            total += loss.item()
            if i % 100 == 0:
                run.log({"train/loss": loss.item()})
        model.eval()
        with torch.no_grad():
            valid = sum(criterion(model(p), l).item() for p, l in valid_loader) / len(valid_loader)
        run.log({"epoch": epoch, "train": total / len(train_loader), "valid": valid})
        if best is None or valid < best:
            best = valid
            torch.save(model.state_dict(), "river.pt")


if __name__ == "__main__":
    main()
