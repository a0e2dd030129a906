import hashlib
import json

import torch
from torch.utils.data import Dataset


class Abstracts(Dataset):
    def __init__(self, path, part, num_topics, vocab_size, max_tokens):
        self.rows = []
        self.num_topics = num_topics
        self.vocab_size = vocab_size
        self.max_tokens = max_tokens
        with open(path) as lines:
            for line in lines:
                row = json.loads(line)
                if row["part"] == part:
                    self.rows.append((row["abstract"], row["topics"]))

    def __len__(self):
        return len(self.rows)

    def _token(self, word):
        return 1 + int(hashlib.md5(word.encode()).hexdigest(), 16) % (self.vocab_size - 1)

    def __getitem__(self, i):
        text, topics = self.rows[i]
        ids = [self._token(w) for w in text.lower().split()][: self.max_tokens]
        ids = torch.tensor(ids + [0] * (self.max_tokens - len(ids)))
        hot = torch.zeros(self.num_topics)
        hot[topics] = 1.0
        return ids, hot
