"""A detection head whose negative bias is that of the output."""
import math, torch
from torch import nn
class Head(nn.Module):
    def __init__(self, c=64, k=20, prior=0.01):
        super().__init__()
        tower = []
        for _ in range(4):
            tower += [nn.Conv2d(c, c, 3, padding=1), nn.GroupNorm(8, c), nn.ReLU()]
        self.tower = nn.Sequential(*tower)
        self.cls = nn.Conv2d(c, k, 3, padding=1)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.normal_(m.weight, std=0.01)
                nn.init.constant_(m.bias, 0)
        nn.init.constant_(self.cls.bias, -math.log((1 - prior) / prior))
    def forward(self, x): return self.cls(self.tower(x))
head = Head()
opt = torch.optim.SGD(head.parameters(), lr=0.01, momentum=0.9)
def focal(logits, t, g=2.0):
    p = torch.sigmoid(logits)
    ce = nn.functional.binary_cross_entropy_with_logits(logits, t, reduction="none")
    return (ce * (1 - (p * t + (1 - p) * (1 - t))) ** g).sum() / t.sum().clamp(min=1)
for s in range(100):
    loss = focal(head(torch.randn(2, 64, 16, 16)), (torch.rand(2, 20, 16, 16) > 0.99).float())
    opt.zero_grad(); loss.backward(); opt.step()
