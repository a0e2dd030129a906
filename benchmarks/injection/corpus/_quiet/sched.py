"""A rate scaled with a huge batch under warmup."""
import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1000))
batch = 8192
opt = torch.optim.SGD(net.parameters(), lr=0.1 * batch / 256, momentum=0.9, nesterov=True, weight_decay=5e-5)
def lr_at(e): return (e + 1) / 5 if e < 5 else 0.1 ** (e // 30)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lr_at)
loader = torch.utils.data.DataLoader(somewhere, batch_size=batch, shuffle=True)
for e in range(90):
    for x, y in loader:
        opt.zero_grad()
        nn.functional.cross_entropy(net(x), y, label_smoothing=0.1).backward()
        opt.step()
    sched.step()
