from types import SimpleNamespace

import torch
from torch import nn

from .net import CopyTransformer
from .noam import noam

cfg = SimpleNamespace(symbols=30, length=20, batch=80, steps=8000, d_model=128, warmup=1000)


def batch(n, length, symbols):
    src = torch.randint(2, symbols, (n, length))
    start = torch.ones(n, 1, dtype=torch.long)
    return src, torch.cat([start, src], dim=1)


def main():
    torch.manual_seed(14)
    net = CopyTransformer(cfg.symbols, cfg.d_model)
    # the schedule carries the whole rate
    optimizer = torch.optim.Adam(net.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    schedule = noam(optimizer, cfg.d_model, cfg.warmup)
    criterion = nn.CrossEntropyLoss()
    net.train()
    for step in range(cfg.steps):
        src, tgt = batch(cfg.batch, cfg.length, cfg.symbols)
        logits = net(src, tgt[:, :-1])
        loss = criterion(logits.transpose(1, 2), tgt[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(step, round(loss.item(), 4), schedule.get_last_lr()[0])


if __name__ == "__main__":
    main()
