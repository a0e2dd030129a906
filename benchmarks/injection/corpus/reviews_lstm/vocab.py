import re
from collections import Counter

PAD, UNK = 0, 1
_word = re.compile(r"[a-z']+")


def tokenize(text):
    return _word.findall(text.lower())


class Vocab:
    def __init__(self, texts, min_freq):
        counts = Counter(t for text in texts for t in tokenize(text))
        self.itos = ["<pad>", "<unk>"] + sorted(w for w, c in counts.items() if c >= min_freq)
        self.stoi = {w: i for i, w in enumerate(self.itos)}

    def __len__(self):
        return len(self.itos)

    def encode(self, text, max_len):
        ids = [self.stoi.get(t, UNK) for t in tokenize(text)][:max_len]
        return ids or [UNK]
