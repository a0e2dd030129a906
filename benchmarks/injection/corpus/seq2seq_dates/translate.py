import argparse

import torch
from attention_model import Seq2Seq
from dates_data import CHARS, PAD, make_dataset
from torch import nn, optim
from torch.utils.data import DataLoader


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", "-n", dest="n_pairs", type=int, default=20000)
    parser.add_argument("--bs", "--batch", dest="batch", type=int, default=64)
    parser.add_argument("--eta", "--lr", dest="step_size", type=float, default=2e-3, metavar="LR")
    parser.add_argument("--rounds", "-e", dest="rounds", type=int, default=10)
    parser.add_argument("--max-norm", type=float, default=1.0)
    return parser.parse_args()


def train_epoch(model, batches, optimizer, criterion, max_norm):
    model.train()
    acc_loss = 0
    for src, tgt in batches:
        optimizer.zero_grad()
        logits = model(src, tgt)
        loss = criterion(logits.reshape(-1, logits.size(-1)), tgt[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=max_norm)
        optimizer.step()
        acc_loss = acc_loss + loss.item()
    return acc_loss / len(batches)


def exact_match(model, batches):
    model.eval()
    hit = count = 0
    with torch.no_grad():
        for src, tgt in batches:
            pred = model(src, tgt, teacher_ratio=0.0).argmax(-1)
            ok = (pred == tgt[:, 1:]) | (tgt[:, 1:] == PAD)
            hit += ok.all(dim=1).sum().item()
            count += src.size(0)
    return hit / count


def main():
    args = get_args()
    torch.manual_seed(17)
    train_batches = DataLoader(make_dataset(args.n_pairs, seed=1), batch_size=args.batch, shuffle=True)
    test_batches = DataLoader(make_dataset(1000, seed=2), batch_size=250)
    model = Seq2Seq(len(CHARS))
    optimizer = optim.Adam(model.parameters(), lr=args.step_size)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD)
    for r in range(args.rounds):
        loss = train_epoch(model, train_batches, optimizer, criterion, args.max_norm)
        print(r, "loss", round(loss, 4), "exact", exact_match(model, test_batches))


if __name__ == "__main__":
    main()
