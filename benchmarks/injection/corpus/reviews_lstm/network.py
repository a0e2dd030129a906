import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden, layers, dropout):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim, padding_idx=0)
        self.lstm = nn.LSTM(
            embed_dim, hidden, num_layers=layers, dropout=dropout, batch_first=True, bidirectional=True
        )
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(2 * hidden, 1)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(
            self.embed(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (h, _) = self.lstm(packed)
        summary = torch.cat([h[-2], h[-1]], dim=1)
        return self.classify(self.dropout(summary)).squeeze(1)
