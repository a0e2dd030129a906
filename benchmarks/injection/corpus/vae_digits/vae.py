# variational autoencoder for handwritten digits, one file, functional where possible
import os

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision import transforms as T

batch_size = int(os.environ.get("BATCH", 128))
epochs = 20
lr = 1e-3
latent = 16
hidden = 400
dev = "cuda" if torch.cuda.is_available() else "cpu"

torch.manual_seed(0)

train_data = datasets.MNIST("mnist", train=True, download=True, transform=T.ToTensor())
test_data = datasets.MNIST("mnist", train=False, transform=T.ToTensor())
train_dl = DataLoader(train_data, batch_size=batch_size, shuffle=True)
test_dl = DataLoader(test_data, batch_size=batch_size)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(784, hidden)
        self.mu = nn.Linear(hidden, latent)
        self.log_var = nn.Linear(hidden, latent)
        self.dec1 = nn.Linear(latent, hidden)
        self.dec2 = nn.Linear(hidden, 784)

    def encode(self, x):
        h = F.relu(self.enc(x))
        return self.mu(h), self.log_var(h)

    def decode(self, z):
        return self.dec2(F.relu(self.dec1(z)))

    def forward(self, x):
        mu, log_var = self.encode(x.flatten(1))
        std = torch.exp(0.5 * log_var)
        z = mu + std * torch.randn_like(std)
        return self.decode(z), mu, log_var


def elbo(logits, x, mu, log_var):
    rec = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return (rec + kl) / x.size(0)


net = VAE().to(dev)
opt = optim.Adam(net.parameters(), lr=lr)

for epoch in range(epochs):
    net.train()
    tot = 0.0
    for x, _ in train_dl:
        x = x.to(dev)
        logits, mu, log_var = net(x)
        loss = elbo(logits, x, mu, log_var)
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    net.eval()
    with torch.no_grad():
        val = 0.0
        for x, _ in test_dl:
            x = x.to(dev)
            logits, mu, log_var = net(x)
            val += elbo(logits, x, mu, log_var).item()
    print(epoch, tot / len(train_dl), val / len(test_dl))

with torch.no_grad():
    grid = torch.sigmoid(net.decode(torch.randn(64, latent, device=dev)))
torch.save(grid.view(-1, 1, 28, 28).cpu(), "samples.pt")
