from __future__ import annotations

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, Dataset


class SpectrumSet(Dataset):
    def __init__(self, spectra: np.ndarray, contents: np.ndarray) -> None:
        self.spectra = torch.from_numpy(spectra.astype("float32")).unsqueeze(1)
        self.contents = torch.from_numpy(contents.astype("float32"))

    def __len__(self) -> int:
        return self.spectra.shape[0]

    def __getitem__(self, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.spectra[item], self.contents[item]


class SpectraModule:
    def __init__(self, folder: str, batch_size: int) -> None:
        self.folder = folder
        self.batch_size = batch_size
        self.target_scaler = StandardScaler()

    def setup(self) -> None:
        x = np.loadtxt(f"{self.folder}/spectra.csv", delimiter=",")
        y = np.loadtxt(f"{self.folder}/contents.csv", delimiter=",")
        x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
        n = int(0.8 * len(x))
        self.target_scaler.fit(y[:n])
        y = self.target_scaler.transform(y)
        self.train_set = SpectrumSet(x[:n], y[:n])
        self.test_set = SpectrumSet(x[n:], y[n:])

    def train_loader(self) -> DataLoader:
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def test_loader(self) -> DataLoader:
        return DataLoader(self.test_set, batch_size=self.batch_size)
