import torch
from torch.nn.utils import clip_grad_norm_


def train_one_epoch(net, loss_fn, optimizer, loader, max_norm, device):
    net.train()
    mean_loss = 0.0
    for k, (anchor, positive, negative) in enumerate(loader, 1):
        ea = net(anchor.to(device))
        ep = net(positive.to(device))
        en = net(negative.to(device))
        loss = loss_fn(ea, ep, en)

        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(net.parameters(), max_norm)
        optimizer.step()

        mean_loss += (loss.item() - mean_loss) / k
    return mean_loss


@torch.no_grad()
def ranking_accuracy(net, loader, device):
    net.eval()
    good = total = 0
    for anchor, positive, negative in loader:
        ea, ep, en = (net(t.to(device)) for t in (anchor, positive, negative))
        good += ((ea - ep).norm(dim=1) < (ea - en).norm(dim=1)).sum().item()
        total += len(anchor)
    return good / total
