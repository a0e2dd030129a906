"""A physics-informed network for the damped oscillator u'' + 2 d u' + w^2 u = 0."""
import torch
import torch.nn as nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

DAMPING, OMEGA = 0.2, 2.0


class Solution(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(),
            nn.Linear(width, width), nn.Tanh(),
            nn.Linear(width, 1),
        )

    def forward(self, t):
        return self.net(t)


def derivative(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


def residual(net, t):
    u = net(t)
    du = derivative(u, t)
    return derivative(du, t) + 2 * DAMPING * du + OMEGA ** 2 * u


def initial(net):
    t0 = torch.zeros(1, 1, requires_grad=True)
    u0 = net(t0)
    return (u0 - 1).pow(2).mean() + derivative(u0, t0).pow(2).mean()


def solve(steps=200):
    net = Solution()
    points = torch.linspace(0, 6, 200).view(-1, 1).requires_grad_()
    opt = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=20, line_search_fn="strong_wolfe")

    def closure():
        opt.zero_grad()
        loss = residual(net, points).pow(2).mean() + 10 * initial(net)
        loss.backward()
        return loss

    for step in range(steps):
        loss = opt.step(closure)
        if step % 10 == 0:
            print(step, loss.item())
    return net


if __name__ == "__main__":
    torch.save(solve().state_dict(), "oscillator.pt")
