import pandas as pd
import torch
from sklearn.preprocessing import StandardScaler
from torch.utils.data import Dataset


class Gauge:
    """Readings of one gauge: rain and level, hourly; the level is forecast."""

    def __init__(self, csv, history):
        table = pd.read_csv(csv, parse_dates=["hour"], index_col="hour").interpolate()
        cut = int(len(table) * 0.8)
        self.feature_scaler, self.level_scaler = StandardScaler(), StandardScaler()
        features = table[["rain", "level", "temperature"]].values
        level = table[["level"]].values
        self.feature_scaler.fit(features[:cut])
        self.level_scaler.fit(level[:cut])
        features = self.feature_scaler.transform(features)
        level = self.level_scaler.transform(level)
        self.train = Windows(features[:cut], level[:cut], history)
        self.valid = Windows(features[cut:], level[cut:], history)
        self.n_features = features.shape[1]


class Windows(Dataset):
    def __init__(self, features, level, history):
        self.features = torch.tensor(features, dtype=torch.float32)
        self.level = torch.tensor(level, dtype=torch.float32)
        self.history = history

    def __len__(self):
        return len(self.level) - self.history

    def __getitem__(self, i):
        return self.features[i : i + self.history], self.level[i + self.history]
