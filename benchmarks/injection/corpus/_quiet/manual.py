"""Gradient descent without an optimizer."""
import torch
w = torch.randn(784, 10) / 28
w.requires_grad_()
b = torch.zeros(10, requires_grad=True)
lr = 0.5
def model(x): return x @ w + b
for epoch in range(10):
    for _ in range(100):
        x, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        with torch.no_grad():
            w -= w.grad * lr
            b -= b.grad * lr
            w.grad.zero_()
            b.grad.zero_()
