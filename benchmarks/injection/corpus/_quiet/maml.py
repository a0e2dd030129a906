"""Meta-learning: inner updates by autograd.grad, one outer backward() over a running total."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

net = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
meta = torch.optim.Adam(net.parameters(), lr=1e-3)

def task():
    a, p = torch.rand(1) * 4.9 + 0.1, torch.rand(1) * 3.14
    def draw(n):
        x = torch.rand(n, 1) * 10 - 5
        return x, a * torch.sin(x + p)
    return draw

for it in range(5000):
    meta.zero_grad()
    total = 0
    for _ in range(8):
        draw = task()
        fast = dict(net.named_parameters())
        for _ in range(3):
            x, y = draw(10)
            inner = F.mse_loss(functional_call(net, fast, (x,)), y)
            grads = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
            fast = {k: v - 0.01 * g for (k, v), g in zip(fast.items(), grads)}
        x, y = draw(10)
        total = total + F.mse_loss(functional_call(net, fast, (x,)), y)
    total.backward()
    meta.step()
