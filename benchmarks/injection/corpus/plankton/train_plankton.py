from pathlib import Path

import torch

from src.images import loaders
from src.loop import accuracy, train_epoch
from src.model import PlanktonNet
from src.settings import Settings

ROOT = Path(__file__).parent


def main() -> None:
    settings = Settings.from_toml(ROOT / "settings.toml")
    torch.manual_seed(settings.seed)
    train, valid = loaders(settings.data, settings.seed)
    net = PlanktonNet(settings.network.widths, settings.network.classes)
    optimizer = torch.optim.AdamW(
        net.parameters(),
        lr=settings.optimizer.learning_rate,
        weight_decay=settings.optimizer.weight_decay,
    )
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.3, patience=3)
    for epoch in range(settings.epochs):
        loss = train_epoch(net, train, optimizer)
        score = accuracy(net, valid)
        plateau.step(score)
        print(f"{epoch:>3} {loss:.4f} {score:.4f}")
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, ROOT / "plankton.pt")


if __name__ == "__main__":
    main()
