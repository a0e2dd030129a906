import torch
from torch.nn.functional import cross_entropy


def train_epoch(net, loader, optimizer):
    net.train()
    loss_sum = 0.0
    for images, species in loader:
        loss = cross_entropy(net(images), species)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * images.size(0)
    return loss_sum / len(loader.dataset)


def accuracy(net, loader):
    net.eval()
    with torch.no_grad():
        right = sum((net(images).argmax(1) == species).sum().item() for images, species in loader)
    return right / len(loader.dataset)
