import random
from collections import defaultdict
from pathlib import Path

from PIL import Image
from torch.utils.data import Dataset
from torchvision import transforms


class Triplets(Dataset):
    """anchor and positive from one person, negative from another"""

    def __init__(self, folder, size, persons):
        self.by_person = defaultdict(list)
        for p in persons:
            self.by_person[p] = sorted(Path(folder, p).glob("*.png"))
        self.persons = [p for p in persons if len(self.by_person[p]) > 1]
        self.tf = transforms.Compose(
            [
                transforms.Grayscale(),
                transforms.Resize((size, size)),
                transforms.ToTensor(),
                transforms.Normalize([0.5], [0.5]),
            ]
        )

    def __len__(self):
        return 40 * len(self.persons)

    def _load(self, path):
        return self.tf(Image.open(path))

    def __getitem__(self, i):
        person = self.persons[i % len(self.persons)]
        other = random.choice([p for p in self.persons if p != person])
        a, p = random.sample(self.by_person[person], 2)
        n = random.choice(self.by_person[other])
        return self._load(a), self._load(p), self._load(n)
