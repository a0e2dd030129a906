from pathlib import Path

from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import ImageFolder

NORMALIZE = T.Normalize(mean=[0.47, 0.50, 0.41], std=[0.19, 0.17, 0.21])


def build_loaders(cfg):
    size = cfg["image_size"]
    train_tf = T.Compose(
        [T.RandomResizedCrop(size, scale=(0.6, 1.0)), T.RandomHorizontalFlip(), T.ToTensor(), NORMALIZE]
    )
    valid_tf = T.Compose([T.Resize(size), T.CenterCrop(size), T.ToTensor(), NORMALIZE])
    root = Path(cfg["root"])
    train = ImageFolder(str(root / "train"), train_tf)
    valid = ImageFolder(str(root / "valid"), valid_tf)
    common = dict(batch_size=cfg["batch_size"], num_workers=cfg["num_workers"], pin_memory=True)
    return DataLoader(train, shuffle=True, drop_last=True, **common), DataLoader(
        valid, shuffle=False, **common
    )
