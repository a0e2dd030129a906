import numpy as np
import pandas as pd
import torch
from torch.utils.data import TensorDataset

COLUMNS = ["hour", "month", "weekday", "temperature", "humidity", "wind"]


class Standardiser:
    def __init__(self, values):
        self.mu = values.mean(axis=0)
        self.sd = values.std(axis=0) + 1e-8

    def __call__(self, values):
        return (values - self.mu) / self.sd

    def undo(self, values):
        return values * self.sd + self.mu


def read(csv_path):
    df = pd.read_csv(csv_path)
    x = df[COLUMNS].values.astype(np.float32)
    rentals = df["rentals"].values.astype(np.float32)[:, None]
    last = int(0.85 * len(df))
    scale_x, scale_y = Standardiser(x[:last]), Standardiser(rentals[:last])
    x, rentals = scale_x(x), scale_y(rentals)
    tensors = [torch.from_numpy(v) for v in (x[:last], rentals[:last], x[last:], rentals[last:])]
    return TensorDataset(*tensors[:2]), TensorDataset(*tensors[2:]), scale_y
