import torch
from torch.nn.utils.rnn import pad_sequence


class Alphabet:
    def __init__(self):
        self.index = {"<pad>": 0, "<unk>": 1}
        self.frozen = False

    def __len__(self):
        return len(self.index)

    def __call__(self, symbol):
        if self.frozen:
            return self.index.get(symbol, 1)
        return self.index.setdefault(symbol, len(self.index))


def sentences(path):
    words, tags = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                word, *_, tag = line.split()
                words.append(word)
                tags.append(tag)
            elif words:
                yield words, tags
                words, tags = [], []


def encode(path, words, chars, labels):
    encoded = []
    for ws, ts in sentences(path):
        w = torch.tensor([words(x.lower()) for x in ws])
        c = [torch.tensor([chars(k) for k in x]) for x in ws]
        t = torch.tensor([labels(x) for x in ts])
        encoded.append((w, c, t))
    return encoded


def collate(batch):
    w, c, t = zip(*batch)
    longest = max(len(x) for x in w)
    widest = max(len(k) for sentence in c for k in sentence)
    chars = torch.zeros(len(batch), longest, widest, dtype=torch.long)
    for i, sentence in enumerate(c):
        for j, k in enumerate(sentence):
            chars[i, j, : len(k)] = k
    return pad_sequence(w, batch_first=True), chars, pad_sequence(t, batch_first=True, padding_value=-100)
