import argparse
import logging
from itertools import chain

import torch
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T
from torchvision.datasets import STL10
from tqdm import tqdm

from contrast import EMA, ProjectionHead, SmallResNet, nt_xent

log = logging.getLogger("pretrain")


class TwoViews(Dataset):
    def __init__(self, base, transform):
        self.base, self.transform = base, transform

    def __len__(self):
        return len(self.base)

    def __getitem__(self, i):
        image, _ = self.base[i]
        return self.transform(image), self.transform(image)


def decay_groups(modules, weight_decay):
    """No weight decay on biases and norms."""
    decay, rest = [], []
    for p in chain.from_iterable(m.parameters() for m in modules):
        (decay if p.ndim > 1 else rest).append(p)
    return [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def main():
    logging.basicConfig(level=logging.INFO)
    p = argparse.ArgumentParser()
    p.add_argument("--data", default="stl10")
    p.add_argument("--batch-size", type=int, default=256)
    p.add_argument("--learning-rate", dest="lr", type=float, default=1e-3)
    p.add_argument("--weight-decay", type=float, default=1e-4)
    p.add_argument("--tau", type=float, default=0.2)
    p.add_argument("--epochs", type=int, default=100)
    opts = p.parse_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    views = T.Compose([
        T.RandomResizedCrop(64, scale=(0.3, 1.0)),
        T.RandomHorizontalFlip(),
        T.ColorJitter(0.4, 0.4, 0.4),
        T.ToTensor(),
        T.Normalize([0.44, 0.43, 0.40], [0.26, 0.25, 0.27]),
    ])
    pairs = TwoViews(STL10(opts.data, split="unlabeled", download=True), views)
    loader = DataLoader(pairs, batch_size=opts.batch_size, shuffle=True, num_workers=8, drop_last=True)

    encoder = SmallResNet().to(device)
    head = ProjectionHead(encoder.out_dim).to(device)
    ema = EMA(encoder, 0.999)
    optimizer = torch.optim.AdamW(decay_groups([encoder, head], opts.weight_decay), lr=opts.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=opts.epochs * len(loader))

    encoder.train()
    head.train()
    for epoch in range(opts.epochs):
        bar = tqdm(loader, desc=f"epoch {epoch}", leave=False)
        shown = 0.0
        for a, b in bar:
            a, b = a.to(device), b.to(device)
            za, zb = head(encoder(a)), head(encoder(b))
            loss = nt_xent(za, zb, opts.tau)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            ema.update(encoder)
            shown += loss.item()
            bar.set_postfix(loss=f"{loss.item():.3f}")
        log.info("epoch %d mean loss %.4f", epoch, shown / len(loader))
        torch.save({"encoder": encoder.state_dict(), "ema": ema.shadow.state_dict(), "optimizer": optimizer.state_dict()}, "pretrained.pt")


if __name__ == "__main__":
    main()
