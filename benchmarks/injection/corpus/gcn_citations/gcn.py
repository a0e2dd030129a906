import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def normalise_adjacency(edges, n):
    adj = torch.zeros(n, n)
    adj[edges[:, 0], edges[:, 1]] = 1.0
    adj = torch.maximum(adj, adj.t()) + torch.eye(n)
    deg = adj.sum(1).pow(-0.5)
    return deg[:, None] * adj * deg[None, :]


def load(folder):
    features = np.load(folder + "/features.npy").astype("float32")
    features = features / np.maximum(features.sum(axis=1, keepdims=True), 1.0)
    labels = torch.from_numpy(np.load(folder + "/labels.npy")).long()
    edges = torch.from_numpy(np.load(folder + "/edges.npy")).long()
    order = torch.from_numpy(np.random.RandomState(0).permutation(len(labels)))
    return torch.from_numpy(features), labels, normalise_adjacency(edges, len(labels)), order


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.lin = nn.Linear(n_in, n_out)

    def forward(self, x, adj):
        return adj @ self.lin(x)


class GCN(nn.Module):
    def __init__(self, n_feat, n_hid, n_class, dropout):
        super().__init__()
        self.gc1 = GraphConv(n_feat, n_hid)
        self.gc2 = GraphConv(n_hid, n_class)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.dropout(x, self.dropout, training=self.training)
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        return self.gc2(x, adj)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--data", default="citations")
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--learning_rate", "--lr", type=float, default=0.01)
    p.add_argument("--decay", type=float, default=5e-4)
    p.add_argument("--steps", type=int, default=300)
    p.add_argument("--dropout", type=float, default=0.5)
    a = p.parse_args()

    torch.manual_seed(7)
    x, y, adj, order = load(a.data)
    train_idx, val_idx = order[:1000], order[1000:1500]
    net = GCN(x.size(1), a.hidden, int(y.max()) + 1, a.dropout)
    optimizer = torch.optim.Adam(net.parameters(), lr=a.learning_rate, weight_decay=a.decay)
    for step in range(a.steps):
        net.train()
        optimizer.zero_grad()
        out = net(x, adj)
        loss = F.cross_entropy(out[train_idx], y[train_idx])
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            net.eval()
            with torch.no_grad():
                acc = (net(x, adj)[val_idx].argmax(1) == y[val_idx]).float().mean().item()
            print(step, round(loss.item(), 4), round(acc, 4))
