"""A loss summed over heads before it is trained on."""
import torch
from torch import nn
body = nn.Sequential(nn.Linear(12, 64), nn.ReLU())
heads = nn.ModuleList([nn.Linear(64, 4) for _ in range(3)])
params = list(body.parameters()) + list(heads.parameters())
opt = torch.optim.AdamW(params, lr=1e-3)
crit = nn.CrossEntropyLoss()
history = []
for step in range(500):
    x = torch.randn(32, 12)
    h = body(x)
    loss = 0
    parts = []
    for head in heads:
        part = crit(head(h), torch.randint(0, 4, (32,)))
        loss += part
        parts.append(part)
    aux = torch.stack(parts).max()
    opt.zero_grad()
    (loss + 0.1 * aux).backward()
    opt.step()
    history.append(loss.detach())
