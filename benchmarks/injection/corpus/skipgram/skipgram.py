#!/usr/bin/env python
# word vectors by negative sampling
import collections
import optparse
import random

import torch
import torch.nn as nn

op = optparse.OptionParser()
op.add_option("--text", default="text.txt")
op.add_option("--dim", type="int", default=100)
op.add_option("--window", type="int", default=4)
op.add_option("--negatives", type="int", default=8)
op.add_option("--min-count", type="int", default=5)

LEARNING_RATE = 0.05
BATCH_PAIRS = 512
N_STEPS = 50000


class SkipGram(nn.Module):
    def __init__(self, n_words, dim):
        nn.Module.__init__(self)
        self.centre = nn.Embedding(n_words, dim)
        self.context = nn.Embedding(n_words, dim)
        nn.init.uniform_(self.centre.weight, -0.5 / dim, 0.5 / dim)

    def forward(self, word, others):
        w = self.centre(word).unsqueeze(2)
        return torch.bmm(self.context(others), w).squeeze(2)


def read_ids(path, min_count):
    words = open(path).read().split()
    counts = collections.Counter(words)
    vocab = {w: i for i, (w, n) in enumerate(counts.most_common()) if n >= min_count}
    return [vocab[w] for w in words if w in vocab], vocab


def sample_batch(ids, n_words, window, negatives, n):
    centres, rows = [], []
    for _ in range(n):
        i = random.randrange(window, len(ids) - window)
        j = i + random.choice([d for d in range(-window, window + 1) if d])
        centres.append(ids[i])
        rows.append([ids[j]] + [random.randrange(n_words) for _ in range(negatives)])
    target = torch.zeros(n, negatives + 1)
    target[:, 0] = 1.0
    return torch.tensor(centres), torch.tensor(rows), target


def main():
    options, _ = op.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    ids, vocab = read_ids(options.text, options.min_count)
    model = SkipGram(len(vocab), options.dim)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adagrad(model.parameters(), lr=LEARNING_RATE)
    smooth = 0.0
    for step in range(N_STEPS):
        word, others, target = sample_batch(ids, len(vocab), options.window, options.negatives, BATCH_PAIRS)
        optimizer.zero_grad()
        scores = model(word, others)
        loss = criterion(scores, target)
        loss.backward()
        optimizer.step()
        smooth = 0.99 * smooth + 0.01 * loss.item()
        if step % 1000 == 0:
            print(step, smooth)
    torch.save({"vectors": model.centre.weight.detach(), "vocab": vocab}, "vectors.pt")


if __name__ == "__main__":
    main()
