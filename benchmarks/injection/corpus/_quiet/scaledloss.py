"""Targets scaled in the loss's call, log targets, and batch norm as input scaling."""
import numpy as np, pandas as pd, torch
from torch import nn
df = pd.read_csv("cars.csv")
x = df[["hp", "weight", "age"]].to_numpy("float32")
price = df["price"].to_numpy("float32")
x = (x - x.mean(0)) / x.std(0)
X, Y = torch.from_numpy(x), torch.from_numpy(price)[:, None]
net = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
net2 = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
logy = torch.log1p(Y)
opt = torch.optim.Adam([*net.parameters(), *net2.parameters()], 1e-3)
for i in range(2000):
    idx = torch.randint(len(X), (64,))
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(X[idx]), Y[idx] / 10000) + nn.functional.l1_loss(net2(torch.tensor(df[["hp", "weight", "age"]].values, dtype=torch.float32)[idx]), logy[idx])
    loss.backward()
    opt.step()
