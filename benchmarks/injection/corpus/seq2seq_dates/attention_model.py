import torch
import torch.nn as nn
import torch.nn.functional as F


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb)
        self.gru = nn.GRU(emb, hid, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * hid, hid)

    def forward(self, src):
        outputs, h = self.gru(self.embedding(src))
        h = torch.tanh(self.bridge(torch.cat((h[0], h[1]), dim=1)))
        return outputs, h


class AdditiveAttention(nn.Module):
    def __init__(self, enc_dim, dec_dim):
        super().__init__()
        self.w = nn.Linear(enc_dim + dec_dim, dec_dim)
        self.v = nn.Linear(dec_dim, 1, bias=False)

    def forward(self, query, keys):
        q = query.unsqueeze(1).expand(-1, keys.size(1), -1)
        energy = self.v(torch.tanh(self.w(torch.cat((q, keys), dim=2)))).squeeze(2)
        return F.softmax(energy, dim=1)


class Decoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb)
        self.attention = AdditiveAttention(2 * hid, hid)
        self.gru = nn.GRU(emb + 2 * hid, hid, batch_first=True)
        self.out = nn.Linear(3 * hid, vocab)

    def forward(self, token, h, enc_out):
        e = self.embedding(token).unsqueeze(1)
        alpha = self.attention(h, enc_out).unsqueeze(1)
        context = torch.bmm(alpha, enc_out)
        o, h_next = self.gru(torch.cat((e, context), dim=2), h.unsqueeze(0))
        logits = self.out(torch.cat((o, context), dim=2)).squeeze(1)
        return logits, h_next.squeeze(0)


class Seq2Seq(nn.Module):
    def __init__(self, vocab, emb=48, hid=96):
        super().__init__()
        self.encoder = Encoder(vocab, emb, hid)
        self.decoder = Decoder(vocab, emb, hid)

    def forward(self, src, tgt, teacher_ratio=0.5):
        enc_out, h = self.encoder(src)
        token = tgt[:, 0]
        steps = []
        for t in range(1, tgt.size(1)):
            logits, h = self.decoder(token, h, enc_out)
            steps.append(logits)
            use_teacher = torch.rand(()).item() < teacher_ratio
            token = tgt[:, t] if use_teacher else logits.argmax(1)
        return torch.stack(steps, dim=1)
