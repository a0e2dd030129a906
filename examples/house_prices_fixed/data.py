"""The table of houses as loaders of (features, price) batches, both standardised by the training rows."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class HouseDataset(Dataset):
    """Features as a (features,) float tensor, price as a (1,) float tensor."""

    def __init__(self, features, prices):
        self.features = torch.tensor(features, dtype=torch.float32)
        self.prices = torch.tensor(prices, dtype=torch.float32)

    def __len__(self):
        return len(self.features)

    def __getitem__(self, index):
        return self.features[index], self.prices[index]


def load_table(path, validation_share=0.2):
    """Splits the rows of the CSV file, whose last column is the price, in order."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    features, prices = table[:, :-1], table[:, -1:]
    cut = int(len(table) * (1 - validation_share))
    return features[:cut], prices[:cut], features[cut:], prices[cut:]


def make_loaders(path, batch_size):
    """The two loaders, and the dollars that one unit of the standardised price stands for."""
    train_x, train_y, val_x, val_y = load_table(path)
    x_mean, x_std = train_x.mean(axis=0), train_x.std(axis=0)
    y_mean, y_std = train_y.mean(), train_y.std()
    train_set = HouseDataset((train_x - x_mean) / x_std, (train_y - y_mean) / y_std)
    val_set = HouseDataset((val_x - x_mean) / x_std, (val_y - y_mean) / y_std)
    train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=128)
    return train_loader, val_loader, y_std
