from pathlib import Path

import torch
import torch.nn.functional as F
import yaml
from torch.utils.data import DataLoader

from audio.factory import build_model, build_optimizer, build_scheduler
from audio.mels import MelClips

HERE = Path(__file__).resolve().parent


def train(cfg):
    torch.manual_seed(cfg["experiment"]["seed"])
    feats = cfg["features"]
    train_loader = DataLoader(MelClips("clips/train", feats["mean"], feats["std"]), shuffle=True, **cfg["loader"])
    test_loader = DataLoader(MelClips("clips/test", feats["mean"], feats["std"]), **cfg["loader"])
    model = build_model(cfg)
    optimizer = build_optimizer(cfg, model.parameters())
    scheduler = build_scheduler(cfg, optimizer)
    for epoch in range(cfg["experiment"]["epochs"]):
        model.train()
        losses = 0.0
        for mel, word in train_loader:
            loss = F.cross_entropy(model(mel), word)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses += loss.item()
        scheduler.step()
        model.eval()
        hits = 0
        with torch.no_grad():
            for mel, word in test_loader:
                hits += (model(mel).argmax(dim=1) == word).sum().item()
        print(f"{cfg['experiment']['name']} {epoch} {losses / len(train_loader):.4f} {hits / len(test_loader.dataset):.4f}")


if __name__ == "__main__":
    train(yaml.safe_load((HERE / "run.yaml").read_text()))
