from torch.utils.data import DataLoader, random_split
from torchvision import transforms as tvt
from torchvision.datasets import ImageFolder

import torch


def loaders(cfg, seed):
    pipeline = tvt.Compose([
        tvt.Grayscale(1),
        tvt.Resize((cfg.side, cfg.side)),
        tvt.ToTensor(),
        tvt.Normalize((0.9,), (0.15,)),
    ])
    everything = ImageFolder(cfg.root, pipeline)
    train, valid = random_split(everything, [0.85, 0.15], torch.Generator().manual_seed(seed))
    return (
        DataLoader(train, cfg.batch_size, shuffle=True, num_workers=cfg.workers),
        DataLoader(valid, cfg.batch_size, shuffle=False, num_workers=cfg.workers),
    )
