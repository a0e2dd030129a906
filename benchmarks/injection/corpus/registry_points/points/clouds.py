import numpy as np
import torch
from torch.utils.data import Dataset


class Clouds(Dataset):
    def __init__(self, root, part, points):
        pack = np.load(f"{root}/{part}.npz")
        self.xyz, self.kind = pack["xyz"], pack["kind"]
        self.points = points
        self.jitter = part == "train"

    def __len__(self):
        return len(self.kind)

    def __getitem__(self, i):
        pick = np.random.choice(self.xyz.shape[1], self.points, replace=False)
        cloud = self.xyz[i, pick].astype(np.float32)
        cloud = cloud - cloud.mean(axis=0)
        cloud = cloud / np.linalg.norm(cloud, axis=1).max()
        if self.jitter:
            cloud = cloud + np.random.normal(0, 0.01, cloud.shape).astype(np.float32)
        return torch.from_numpy(cloud.T.copy()), int(self.kind[i])
