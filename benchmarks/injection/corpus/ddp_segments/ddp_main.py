"""torchrun --nproc_per_node=4 ddp_main.py"""
import argparse
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from roads import RoadTiles
from seg_model import build_segmenter


def setup():
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    local_rank = int(os.environ["LOCAL_RANK"])
    device = torch.device(f"cuda:{local_rank}" if torch.cuda.is_available() else "cpu")
    return local_rank, device


def main(opt):
    local_rank, device = setup()
    torch.manual_seed(opt.seed)
    train_set = RoadTiles(opt.tiles, "train")
    val_set = RoadTiles(opt.tiles, "val")
    sampler = DistributedSampler(train_set, shuffle=True)
    loader = DataLoader(train_set, batch_size=opt.per_gpu_batch, sampler=sampler, num_workers=4, drop_last=True)
    val_loader = DataLoader(val_set, batch_size=opt.per_gpu_batch, num_workers=4)

    net = build_segmenter(num_classes=opt.num_classes)
    net = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net).to(device)
    net = DDP(net, device_ids=[local_rank] if device.type == "cuda" else None)
    ce = torch.nn.CrossEntropyLoss(ignore_index=255)
    sgd = torch.optim.SGD(net.parameters(), opt.lr, momentum=0.9, weight_decay=1e-4)
    poly = torch.optim.lr_scheduler.PolynomialLR(sgd, total_iters=opt.epochs, power=0.9)

    for epoch in range(opt.epochs):
        sampler.set_epoch(epoch)
        net.train()
        tally = torch.zeros(2, device=device)
        for tile, mask in loader:
            tile, mask = tile.to(device), mask.to(device)
            logits = net(tile)
            loss = ce(logits, mask)
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            tally += torch.tensor([loss.item() * len(tile), len(tile)], device=device)
        poly.step()
        dist.all_reduce(tally)
        if local_rank == 0:
            print(f"epoch {epoch} loss {(tally[0] / tally[1]).item():.4f} pixel accuracy {pixel_accuracy(net, val_loader, device):.4f}")
            torch.save(net.module.state_dict(), "segmenter.pt")
        dist.barrier()
    dist.destroy_process_group()


@torch.no_grad()
def pixel_accuracy(net, loader, device):
    net.eval()
    right = total = 0
    for tile, mask in loader:
        pred = net.module(tile.to(device)).argmax(1).cpu()
        known = mask != 255
        right += (pred[known] == mask[known]).sum().item()
        total += known.sum().item()
    return right / total


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--tiles", type=str, default="tiles")
    p.add_argument("--num-classes", type=int, default=6)
    p.add_argument("--per-gpu-batch", type=int, default=16)
    p.add_argument("--epochs", type=int, default=80)
    p.add_argument("--lr", type=float, default=0.04)
    p.add_argument("--seed", type=int, default=0)
    main(p.parse_args())
