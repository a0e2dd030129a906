import sys

import pandas as pd
import torch
import yaml
from network import SentimentLSTM
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset
from vocab import PAD, Vocab


class Reviews(Dataset):
    def __init__(self, frame, vocab, max_len):
        self.tokens = [vocab.encode(t, max_len) for t in frame["text"]]
        self.labels = frame["positive"].astype("float32").tolist()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.tensor(self.tokens[i]), self.labels[i]


def collate(batch):
    seqs, labels = zip(*batch)
    lengths = torch.tensor([len(s) for s in seqs])
    return pad_sequence(seqs, batch_first=True, padding_value=PAD), lengths, torch.tensor(labels)


def run_epoch(model, loader, criterion, optimizer=None, max_norm=None):
    training = optimizer is not None
    model.train(training)
    total, right, n = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for tokens, lengths, labels in loader:
            logits = model(tokens, lengths)
            loss = criterion(logits, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                clip_grad_norm_(model.parameters(), max_norm)
                optimizer.step()
            total += loss.item() * labels.numel()
            right += ((logits > 0) == (labels > 0.5)).sum().item()
            n += labels.numel()
    return total / n, right / n


def main(path="config.yaml"):
    with open(path) as f:
        cfg = yaml.safe_load(f)
    torch.manual_seed(cfg["seed"])

    train_df = pd.read_csv(cfg["data"]["train_csv"])
    valid_df = pd.read_csv(cfg["data"]["valid_csv"])
    vocab = Vocab(train_df["text"], cfg["data"]["min_freq"])

    bs = cfg["train"]["batch_size"]
    max_len = cfg["data"]["max_len"]
    train_loader = DataLoader(
        Reviews(train_df, vocab, max_len), batch_size=bs, shuffle=True, collate_fn=collate
    )
    valid_loader = DataLoader(Reviews(valid_df, vocab, max_len), batch_size=bs, collate_fn=collate)

    model = SentimentLSTM(len(vocab), **cfg["model"])
    optimizer = torch.optim.Adam(
        model.parameters(), lr=cfg["train"]["lr"], weight_decay=cfg["train"]["weight_decay"]
    )
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(cfg["train"]["epochs"]):
        tr_loss, tr_acc = run_epoch(model, train_loader, criterion, optimizer, cfg["train"]["clip"])
        va_loss, va_acc = run_epoch(model, valid_loader, criterion)
        print(f"{epoch}: train {tr_loss:.3f}/{tr_acc:.3f} valid {va_loss:.3f}/{va_acc:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
