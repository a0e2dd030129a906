import os
import sys

import torch
import yaml
from engine import ranking_accuracy, train_one_epoch
from lib.embedder import Embedder
from lib.triplets import Triplets
from torch.utils.data import DataLoader


def load_settings():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "settings.yml")
    with open(path) as stream:
        return yaml.load(stream, Loader=yaml.SafeLoader)


def main():
    s = load_settings()
    torch.manual_seed(5)
    ds, net_cfg, opt_cfg, loop = s["dataset"], s["network"], s["optim"], s["loop"]
    persons = sorted(os.listdir(ds["folder"]))
    held_out = ds["persons_held_out"]
    train = Triplets(ds["folder"], ds["size"], persons[held_out:])
    valid = Triplets(ds["folder"], ds["size"], persons[:held_out])
    train_loader = DataLoader(train, loop["batch"], shuffle=True, num_workers=2)
    valid_loader = DataLoader(valid, loop["batch"])
    device = "cuda" if torch.cuda.is_available() else "cpu"

    net = Embedder(net_cfg["channels"], net_cfg["embedding"]).to(device)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=opt_cfg["lr"], momentum=opt_cfg["momentum"], nesterov=opt_cfg["nesterov"]
    )
    loss_fn = torch.nn.TripletMarginLoss(margin=loop["margin"])
    for epoch in range(loop["epochs"]):
        loss = train_one_epoch(net, loss_fn, optimizer, train_loader, opt_cfg["clip_norm"], device)
        acc = ranking_accuracy(net, valid_loader, device)
        print(f"[{epoch}] loss {loss:.4f} ranking {acc:.3f}")
    torch.save(net.state_dict(), "embedder.pt")


if __name__ == "__main__":
    main()
