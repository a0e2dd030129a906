from torch.utils.data import DataLoader
from torchvision import datasets, transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TRAIN = transforms.Compose(
    [
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]
)
TEST = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ]
)


def loaders(root, batch_size):
    train = datasets.Flowers102(root, split="train", transform=TRAIN)
    test = datasets.Flowers102(root, split="test", transform=TEST)
    return DataLoader(train, batch_size, shuffle=True), DataLoader(test, 2 * batch_size)
