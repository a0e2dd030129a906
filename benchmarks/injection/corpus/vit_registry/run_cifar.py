import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

import settings as S
from zoo import build

torch.manual_seed(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

normalize = Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.262))
train_set = CIFAR10(S.DATA_DIR, train=True, download=True,
                    transform=Compose([RandomCrop(32, padding=4), RandomHorizontalFlip(), ToTensor(), normalize]))
test_set = CIFAR10(S.DATA_DIR, train=False, transform=Compose([ToTensor(), normalize]))
train_loader = DataLoader(train_set, batch_size=S.BATCH_SIZE, shuffle=True, num_workers=2)
test_loader = DataLoader(test_set, batch_size=500)

model = build(S.MODEL, num_classes=10, **S.MODEL_ARGS).to(device)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(model.parameters(), **S.OPTIM)
scheduler = SequentialLR(
    optimizer,
    [LinearLR(optimizer, 0.01, total_iters=S.WARMUP_EPOCHS), CosineAnnealingLR(optimizer, S.EPOCHS - S.WARMUP_EPOCHS)],
    milestones=[S.WARMUP_EPOCHS],
)

for epoch in range(S.EPOCHS):
    model.train()
    loss_total = 0.0
    for images, labels in train_loader:
        images = images.to(device)
        labels = labels.to(device)
        loss = criterion(model(images), labels)
        model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), S.CLIP)
        optimizer.step()
        loss_total += float(loss)
    scheduler.step()

    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in test_loader:
            correct += (model(images.to(device)).argmax(1) == labels.to(device)).sum().item()
    print("epoch", epoch, "loss", loss_total / len(train_loader), "accuracy", correct / len(test_set))
