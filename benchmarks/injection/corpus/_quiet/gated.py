"""Gates, a gated linear unit and mixture weights: sigmoid and softmax that are no hidden activations."""
import torch
from torch import nn

class Highway(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.h, self.t = nn.Linear(d, d), nn.Linear(d, d)
        nn.init.constant_(self.t.bias, -2.0)
    def forward(self, x):
        gate = torch.sigmoid(self.t(x))
        return gate * torch.relu(self.h(x)) + (1 - gate) * x

class GLUBlock(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.up = nn.Linear(d, 2 * d)
        self.down = nn.Linear(d, d)
    def forward(self, x):
        a, b = self.up(x).chunk(2, -1)
        return self.down(a * torch.sigmoid(b))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(10, 64)
        self.body = nn.Sequential(Highway(64), GLUBlock(64), Highway(64))
        self.mix = nn.Linear(64, 5)
        self.mu = nn.Linear(64, 5)
        self.log_sigma = nn.Linear(64, 5)
    def forward(self, x):
        h = self.body(torch.relu(self.inp(x)))
        return torch.softmax(self.mix(h), -1), self.mu(h), self.log_sigma(h)

def nll(pi, mu, log_sigma, y):
    logp = -0.5 * ((y - mu) / log_sigma.exp()) ** 2 - log_sigma
    return -torch.logsumexp(torch.log(pi + 1e-8) + logp, dim=-1).mean()

net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(2000):
    x = torch.randn(64, 10)
    y = x.sum(1, keepdim=True) + 0.1 * torch.randn(64, 1)
    loss = nll(*net(x), y)
    opt.zero_grad(); loss.backward(); opt.step()
