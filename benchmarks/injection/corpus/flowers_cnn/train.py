import argparse

import torch
import torch.nn as nn
import torch.optim as optim
from data import get_loaders
from models import FlowerNet
from torch.optim.lr_scheduler import StepLR


def parse():
    parser = argparse.ArgumentParser(description="train a flower classifier from scratch")
    parser.add_argument("root", help="folder with train/ and val/")
    parser.add_argument("--classes", type=int, default=17)
    parser.add_argument("--image-size", type=int, default=96)
    parser.add_argument("-b", "--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(model, device, loader, optimizer, criterion):
    model.train()
    total_loss, correct, seen = 0.0, 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * labels.size(0)
        correct += (logits.argmax(1) == labels).sum().item()
        seen += labels.size(0)
    return total_loss / seen, correct / seen


@torch.no_grad()
def evaluate(model, device, loader):
    model.eval()
    correct, seen = 0, 0
    for images, labels in loader:
        logits = model(images.to(device))
        correct += (logits.argmax(1).cpu() == labels).sum().item()
        seen += labels.size(0)
    return correct / seen


def main():
    args = parse()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, val_loader = get_loaders(args.root, args.image_size, args.batch_size, args.workers)
    model = FlowerNet(args.classes).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(
        model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay
    )
    scheduler = StepLR(optimizer, step_size=20, gamma=0.1)
    best = 0.0
    for epoch in range(1, args.epochs + 1):
        loss, acc = train(model, device, train_loader, optimizer, criterion)
        val_acc = evaluate(model, device, val_loader)
        scheduler.step()
        print("epoch %d loss %.4f acc %.3f val %.3f" % (epoch, loss, acc, val_acc))
        if val_acc > best:
            best = val_acc
            torch.save(
                {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, "best.pth"
            )


if __name__ == "__main__":
    main()
