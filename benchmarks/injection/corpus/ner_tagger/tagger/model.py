import torch
from torch import nn


class CharCNN(nn.Module):
    def __init__(self, n_chars, channels):
        super().__init__()
        self.embed = nn.Embedding(n_chars, 25, padding_idx=0)
        self.conv = nn.Conv1d(25, channels, kernel_size=3, padding=1)

    def forward(self, chars):
        b, t, k = chars.shape
        x = self.embed(chars.view(b * t, k)).transpose(1, 2)
        return torch.relu(self.conv(x)).amax(dim=2).view(b, t, -1)


class Tagger(nn.Module):
    def __init__(self, n_words, n_chars, n_labels, *, word_dim, char_channels, hidden, dropout):
        super().__init__()
        self.words = nn.Embedding(n_words, word_dim, padding_idx=0)
        self.chars = CharCNN(n_chars, char_channels)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(word_dim + char_channels, hidden, batch_first=True, bidirectional=True)
        self.emit = nn.Linear(2 * hidden, n_labels)

    def forward(self, words, chars):
        x = torch.cat([self.words(words), self.chars(chars)], dim=-1)
        x, _ = self.lstm(self.dropout(x))
        return self.emit(self.dropout(x))
