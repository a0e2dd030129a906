import argparse
import time

import torch
import utils
from engine import evaluate, train_one_epoch
from torch import nn
from torchvision import datasets
from torchvision.transforms import v2
from vggish import VGGish


def get_args_parser(add_help=True):
    parser = argparse.ArgumentParser(description="traffic sign training", add_help=add_help)
    parser.add_argument("--data-path", default="gtsrb", type=str)
    parser.add_argument("--device", default="cpu", type=str)
    parser.add_argument("-b", "--batch-size", default=128, type=int)
    parser.add_argument("--epochs", default=25, type=int, metavar="N")
    parser.add_argument("--lr", default=0.01, type=float, help="initial learning rate")
    parser.add_argument("--momentum", default=0.9, type=float)
    parser.add_argument("--wd", "--weight-decay", default=5e-4, type=float, dest="weight_decay")
    parser.add_argument("--lr-step-size", default=10, type=int)
    parser.add_argument("--lr-gamma", default=0.1, type=float)
    parser.add_argument("--output-dir", default="out")
    return parser


def load_data(root):
    augment = v2.Compose(
        [
            v2.Resize((48, 48)),
            v2.RandomRotation(10),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.34, 0.31, 0.32], [0.28, 0.27, 0.28]),
        ]
    )
    plain = v2.Compose(
        [
            v2.Resize((48, 48)),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.34, 0.31, 0.32], [0.28, 0.27, 0.28]),
        ]
    )
    train = datasets.GTSRB(root, split="train", transform=augment, download=True)
    test = datasets.GTSRB(root, split="test", transform=plain, download=True)
    return train, test


def main(args):
    utils.seed_everything(1)
    device = torch.device(args.device)
    train_set, test_set = load_data(args.data_path)
    train_loader = torch.utils.data.DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = torch.utils.data.DataLoader(test_set, batch_size=args.batch_size)

    model = VGGish(num_classes=43)
    model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay
    )
    lr_scheduler = torch.optim.lr_scheduler.StepLR(
        optimizer, step_size=args.lr_step_size, gamma=args.lr_gamma
    )

    start = time.time()
    for epoch in range(args.epochs):
        train_one_epoch(model, criterion, optimizer, train_loader, device, epoch)
        lr_scheduler.step()
        loss, acc = evaluate(model, criterion, test_loader, device)
        print(f"test loss {loss:.4f} acc {acc:.4f}")
        utils.save_on_master(
            {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "lr_scheduler": lr_scheduler.state_dict(),
            },
            args.output_dir,
            f"model_{epoch}.pth",
        )
    print("training took", time.time() - start)


if __name__ == "__main__":
    main(get_args_parser().parse_args())
