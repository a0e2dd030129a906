import argparse
import random
import tomllib
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from .dataset import CellDataset
from .losses import DiceBCE
from .unet import UNet


def split(folder, seed):
    names = sorted(p.name for p in Path(folder).glob("*.png"))
    random.Random(seed).shuffle(names)
    k = len(names) // 5
    return names[k:], names[:k]


def iou(logits, target):
    pred = logits > 0
    truth = target > 0.5
    inter = (pred & truth).sum().item()
    union = (pred | truth).sum().item()
    return inter / max(union, 1)


def fit(conf):
    tc = conf["train"]
    torch.manual_seed(tc["seed"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_names, val_names = split(conf["paths"]["images"], tc["seed"])
    train_ds = CellDataset(conf["paths"]["images"], conf["paths"]["masks"], train_names)
    val_ds = CellDataset(conf["paths"]["images"], conf["paths"]["masks"], val_names)
    train_dl = DataLoader(train_ds, batch_size=tc["batch_size"], shuffle=True, num_workers=2)
    val_dl = DataLoader(val_ds, batch_size=1)

    net = UNet(**conf["model"]).to(device)
    loss_fn = DiceBCE()
    optim = torch.optim.AdamW(net.parameters(), lr=tc["learning_rate"], weight_decay=tc["weight_decay"])
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=tc["epochs"])

    for epoch in range(tc["epochs"]):
        net.train()
        epoch_loss = 0.0
        for image, mask in train_dl:
            image, mask = image.to(device), mask.to(device)
            loss = loss_fn(net(image), mask)
            optim.zero_grad()
            loss.backward()
            optim.step()
            epoch_loss += loss.item()
        sched.step()

        net.eval()
        scores = []
        with torch.no_grad():
            for image, mask in val_dl:
                scores.append(iou(net(image.to(device)).cpu(), mask))
        print(f"{epoch:03d} loss={epoch_loss / len(train_dl):.4f} iou={sum(scores) / len(scores):.4f}")
        Path(conf["paths"]["out"]).mkdir(parents=True, exist_ok=True)
        torch.save(net.state_dict(), Path(conf["paths"]["out"]) / "last.pt")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--config", default="configs/default.toml")
    ns = ap.parse_args()
    with open(ns.config, "rb") as fh:
        conf = tomllib.load(fh)
    fit(conf)


if __name__ == "__main__":
    main()
