import argparse
from contextlib import nullcontext

import torch
import torch.nn as nn
from torch.amp import GradScaler, autocast
from torch.utils.data import DataLoader, Dataset, random_split
from torchvision.io import ImageReadMode, read_image
from torchvision.transforms.functional import normalize, resize
from pathlib import Path


class BirdPhotos(Dataset):
    def __init__(self, root):
        self.files = sorted(Path(root).glob("*/*.jpg"))
        self.species = sorted({f.parent.name for f in self.files})

    def __len__(self):
        return len(self.files)

    def __getitem__(self, idx):
        f = self.files[idx]
        img = read_image(str(f), ImageReadMode.RGB)
        img = resize(img, [160, 160], antialias=True).float() / 255
        img = normalize(img, [0.5, 0.5, 0.5], [0.25, 0.25, 0.25])
        return img, self.species.index(f.parent.name)


def block(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(o),
        nn.SiLU(),
    )


class BirdNet(nn.Module):
    def __init__(self, n_species):
        super().__init__()
        self.stages = nn.Sequential(block(3, 24), block(24, 48), block(48, 96), block(96, 192))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(192, n_species)

    def forward(self, x):
        x = self.gap(self.stages(x)).flatten(1)
        return self.fc(self.drop(x))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--photos", default="birds")
    ap.add_argument("--batch", type=int, default=96)
    ap.add_argument("--epochs", type=int, default=40)
    ap.add_argument("--base-lr", type=float, default=3e-3)
    ap.add_argument("--wd", type=float, default=0.05)
    ap.add_argument("--clip", type=float, default=1.0)
    ap.add_argument("--no-amp", dest="amp", action="store_false")
    args = ap.parse_args()

    torch.manual_seed(2024)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    photos = BirdPhotos(args.photos)
    n_val = len(photos) // 10
    train_part, val_part = random_split(photos, [len(photos) - n_val, n_val], generator=torch.Generator().manual_seed(1))
    train_dl = DataLoader(train_part, args.batch, shuffle=True, num_workers=4, pin_memory=True, drop_last=True)
    val_dl = DataLoader(val_part, args.batch, num_workers=4, pin_memory=True)

    net = BirdNet(len(photos.species)).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.base_lr, weight_decay=args.wd)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.base_lr, epochs=args.epochs, steps_per_epoch=len(train_dl)
    )
    scaler = GradScaler(device, enabled=args.amp)

    for epoch in range(args.epochs):
        net.train()
        loss_sum = 0.0
        for img, target in train_dl:
            img, target = img.to(device, non_blocking=True), target.to(device, non_blocking=True)
            optimizer.zero_grad(set_to_none=True)
            with autocast(device, enabled=args.amp) if args.amp else nullcontext():
                loss = criterion(net(img), target)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(net.parameters(), args.clip)
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
            loss_sum += loss.detach().item()

        net.eval()
        ok = 0
        with torch.no_grad():
            for img, target in val_dl:
                ok += (net(img.to(device)).argmax(1).cpu() == target).sum().item()
        print(f"{epoch:02d} loss {loss_sum / len(train_dl):.3f} val acc {ok / n_val:.3f}")
        torch.save({"net": net.state_dict(), "opt": optimizer.state_dict(), "scaler": scaler.state_dict()}, "birds.pt")


if __name__ == "__main__":
    main()
