import torch
from torch import nn

from .data import build_loaders
from .resnet import LeafResNet


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(cfg["trainer"]["seed"])
        self.train_loader, self.valid_loader = build_loaders(cfg["data"])
        self.model = LeafResNet(cfg["data"]["num_classes"], **cfg["model"]).to(self.device)
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
        self.optimizer = torch.optim.SGD(self.model.parameters(), **cfg["optimizer"])
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, **cfg["schedule"])
        self.epoch = 0

    def _step(self, batch):
        images, labels = (t.to(self.device, non_blocking=True) for t in batch)
        self.optimizer.zero_grad()
        logits = self.model(images)
        loss = self.criterion(logits, labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for i, batch in enumerate(self.train_loader):
            total += self._step(batch)
            if i % self.cfg["trainer"]["log_every"] == 0:
                print(f"  epoch {self.epoch} batch {i} mean loss {total / (i + 1):.4f}")
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        right = count = 0
        for images, labels in self.valid_loader:
            guess = self.model(images.to(self.device)).argmax(dim=1).cpu()
            right += int((guess == labels).sum())
            count += len(labels)
        return right / count

    def fit(self):
        for self.epoch in range(self.cfg["trainer"]["max_epochs"]):
            loss = self.train_epoch()
            accuracy = self.validate()
            self.scheduler.step()
            print(f"epoch {self.epoch}: loss {loss:.4f} accuracy {accuracy:.4f}")
            self.save()

    def save(self):
        state = {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
        }
        torch.save(state, f"{self.cfg['name']}.ckpt")
