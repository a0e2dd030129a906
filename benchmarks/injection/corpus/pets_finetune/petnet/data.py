import torchvision
from torchvision.transforms import v2
import torch


def transform(train):
    steps = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    if train:
        return v2.Compose(
            [
                v2.RandomResizedCrop(224),
                v2.RandomHorizontalFlip(),
                *steps,
                v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        )
    return v2.Compose(
        [v2.Resize((224, 224)), *steps, v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    )


def pets(root, train):
    split = "trainval" if train else "test"
    return torchvision.datasets.OxfordIIITPet(root, split=split, transform=transform(train))
