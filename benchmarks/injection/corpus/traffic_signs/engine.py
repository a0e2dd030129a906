import math
import sys

import torch
from utils import Meter


def train_one_epoch(model, criterion, optimizer, data_loader, device, epoch, print_freq=100):
    model.train()
    meter = Meter()
    for it, (images, target) in enumerate(data_loader):
        images = images.to(device)
        target = target.to(device)
        output = model(images)
        loss = criterion(output, target)

        if not math.isfinite(loss.item()):
            print("loss is", loss.item(), "stopping")
            sys.exit(1)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        meter.update(loss.item(), images.shape[0])
        if it % print_freq == 0:
            print(f"Epoch [{epoch}] {it}/{len(data_loader)} loss {meter.average:.4f}")
    return meter.average


def evaluate(model, criterion, data_loader, device):
    model.eval()
    meter = Meter()
    top1 = Meter()
    with torch.inference_mode():
        for images, target in data_loader:
            images, target = images.to(device), target.to(device)
            output = model(images)
            meter.update(criterion(output, target).item(), images.shape[0])
            top1.update((output.argmax(1) == target).float().mean().item(), images.shape[0])
    return meter.average, top1.average
