import os
import random

import numpy as np
import torch


class Meter:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def update(self, value, n=1):
        self.total += value * n
        self.count += n

    @property
    def average(self):
        return self.total / max(self.count, 1)


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def save_on_master(obj, folder, name):
    os.makedirs(folder, exist_ok=True)
    torch.save(obj, os.path.join(folder, name))
