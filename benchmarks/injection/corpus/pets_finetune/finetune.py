import argparse

import torch
import torch.nn.functional as F
from petnet.backbone import PetNet
from petnet.data import pets
from torch.utils.data import DataLoader


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default="pets")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--lr", type=float, default=0.004)
    return parser.parse_args()


def main(args):
    torch.manual_seed(0)
    model = PetNet(37)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    train = DataLoader(pets(args.root, True), batch_size=args.batch_size, shuffle=True, num_workers=2)
    test = DataLoader(pets(args.root, False), batch_size=args.batch_size)
    for epoch in range(args.rounds):
        model.train()
        for images, breeds in train:
            loss = F.cross_entropy(model(images), breeds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            hits = sum((model(images).argmax(1) == breeds).sum().item() for images, breeds in test)
        print(f"{epoch} {hits / len(test.dataset):.3f}")


if __name__ == "__main__":
    main(arguments())
