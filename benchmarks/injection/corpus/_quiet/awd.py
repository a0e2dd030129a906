"""A recurrent language model at the large rate that clipping makes usual, annealed by hand."""
import math, torch
from torch import nn
class RNNModel(nn.Module):
    def __init__(self, ntoken=1000, ninp=200, nhid=200):
        super().__init__()
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid, 2, dropout=0.2)
        self.decoder = nn.Linear(nhid, ntoken)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
    def forward(self, x, h):
        o, h = self.rnn(self.encoder(x), h)
        return self.decoder(o), h
def detach(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(detach(v) for v in h)
model = RNNModel()
lr = 20.0
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
data = torch.randint(0, 1000, (5000, 20))
h = None
for epoch in range(40):
    h = (torch.zeros(2, 20, 200), torch.zeros(2, 20, 200))
    total = 0.
    for i in range(0, len(data) - 36, 35):
        x, y = data[i:i + 35], data[i + 1:i + 36].reshape(-1)
        h = detach(h)
        optimizer.zero_grad()
        out, h = model(x, h)
        loss = nn.functional.cross_entropy(out.view(-1, 1000), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        total += loss.item()
    print(math.exp(total / (len(data) / 35)))
    for g in optimizer.param_groups:
        g["lr"] /= 1.1
