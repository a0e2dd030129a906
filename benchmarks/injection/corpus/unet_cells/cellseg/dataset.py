from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset


class CellDataset(Dataset):
    def __init__(self, images, masks, names):
        self.images, self.masks, self.names = Path(images), Path(masks), list(names)

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        image = np.asarray(Image.open(self.images / name).convert("L"), dtype=np.float32) / 255.0
        mask = np.asarray(Image.open(self.masks / name).convert("L")) > 127
        return torch.from_numpy(image)[None], torch.from_numpy(mask.astype(np.float32))[None]
