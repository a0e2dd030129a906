"""Human readable dates and their ISO form, made up on the fly."""

import datetime
import random

import torch

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
CHARS = "<>_ abcdefghijklmnopqrstuvwxyz0123456789-,./"
SOS, EOS, PAD = 0, 1, 2
STOI = {c: i for i, c in enumerate(CHARS)}


def sample_pair(rng):
    day = datetime.date(1950, 1, 1) + datetime.timedelta(days=rng.randrange(30000))
    style = rng.randrange(3)
    if style == 0:
        human = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    elif style == 1:
        human = f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
    else:
        human = f"{day.day}.{day.month}.{day.year}"
    return human, day.isoformat()


def encode(text, length):
    ids = [SOS] + [STOI[c] for c in text] + [EOS]
    return ids + [PAD] * (length - len(ids))


def make_dataset(n, seed):
    rng = random.Random(seed)
    pairs = [sample_pair(rng) for _ in range(n)]
    src = torch.tensor([encode(a, 24) for a, _ in pairs])
    tgt = torch.tensor([encode(b, 12) for _, b in pairs])
    return torch.utils.data.TensorDataset(src, tgt)
