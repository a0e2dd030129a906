from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

MEAN = np.array([0.41, 0.42, 0.38], dtype=np.float32)
STD = np.array([0.17, 0.16, 0.16], dtype=np.float32)


class RoadTiles(Dataset):
    def __init__(self, folder, part):
        self.tiles = sorted(Path(folder, part, "rgb").glob("*.png"))

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, i):
        path = self.tiles[i]
        rgb = np.array(Image.open(path).convert("RGB"))
        mask = np.array(Image.open(path.parent.parent / "mask" / path.name))
        rgb = (rgb.astype(np.float32) / 255.0 - MEAN) / STD
        return torch.from_numpy(rgb.transpose(2, 0, 1)).contiguous(), torch.from_numpy(mask).long()
