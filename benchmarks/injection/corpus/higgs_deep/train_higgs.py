import json

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, TensorDataset

from deep_net import make_mlp


class Hyper:
    """attribute access to the values of a JSON file"""

    def __init__(self, path):
        with open(path) as f:
            for key, value in json.load(f).items():
                setattr(self, key, value)


def load_split(path):
    blob = np.load(path)
    x, label = blob["x"].astype("float32"), blob["label"].astype("float32")
    n = int(len(x) * 0.9)
    mean = x[:n].mean(axis=0, keepdims=True)
    std = x[:n].std(axis=0, keepdims=True)
    x = (x - mean) / std
    return (x[:n], label[:n]), (x[n:], label[n:])


def to_dataset(x, label):
    return TensorDataset(torch.as_tensor(x), torch.as_tensor(label).unsqueeze(1))


hp = Hyper("hyper.json")
torch.manual_seed(hp.seed)
(train_x, train_y), (val_x, val_y) = load_split(hp.file)
train_loader = DataLoader(to_dataset(train_x, train_y), batch_size=hp.batch_size, shuffle=True)
val_loader = DataLoader(to_dataset(val_x, val_y), batch_size=5000)

model = make_mlp(train_x.shape[1], hp.hidden_units)
bce = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=hp.eta, momentum=hp.momentum)

for epoch in range(hp.n_epochs):
    model.train()
    train_loss = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = bce(model(xb), yb)
        loss.backward()
        clip_grad_norm_(model.parameters(), hp.clip_value)
        optimizer.step()
        train_loss += loss.item()
    model.eval()
    with torch.no_grad():
        right = sum(((model(xb) > 0) == (yb > 0.5)).sum().item() for xb, yb in val_loader)
    print("epoch %d loss %.4f accuracy %.4f" % (epoch, train_loss / len(train_loader), right / len(val_x)))
