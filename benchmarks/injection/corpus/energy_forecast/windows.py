import numpy as np
import pandas as pd
import torch
from torch.utils.data import Dataset


class WindowDataset(Dataset):
    def __init__(self, series, window, horizon):
        self.series = torch.as_tensor(series, dtype=torch.float32)
        self.window = window
        self.horizon = horizon

    def __len__(self):
        return len(self.series) - self.window - self.horizon + 1

    def __getitem__(self, i):
        past = self.series[i : i + self.window].unsqueeze(-1)
        future = self.series[i + self.window : i + self.window + self.horizon]
        return past, future


def load_series(path, column):
    return pd.read_csv(path, parse_dates=["time"])[column].interpolate().to_numpy(dtype=np.float32)


def split_and_scale(series, fraction=0.8):
    cut = int(len(series) * fraction)
    mean, std = series[:cut].mean(), series[:cut].std()
    scaled = (series - mean) / std
    return scaled[:cut], scaled[cut:], mean, std
