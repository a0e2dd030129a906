from pathlib import Path

import torch
from torch.utils.data import Dataset


class MelClips(Dataset):
    """log-mel spectrograms stored as .pt files, one folder a keyword"""

    def __init__(self, root, mean, std):
        self.items = [(p, k) for k, d in enumerate(sorted(Path(root).iterdir())) for p in sorted(d.glob("*.pt"))]
        self.mean, self.std = mean, std

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, label = self.items[i]
        mel = torch.load(path, weights_only=True)
        return (mel - self.mean) / self.std, label
