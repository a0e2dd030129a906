from torch import nn

from .registry import register


class MixerLayer(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.norm_t = nn.LayerNorm(dim)
        self.token_mix = nn.Sequential(nn.Linear(tokens, tokens * 2), nn.GELU(), nn.Linear(tokens * 2, tokens))
        self.norm_c = nn.LayerNorm(dim)
        self.channel_mix = nn.Sequential(nn.Linear(dim, dim * 4), nn.GELU(), nn.Linear(dim * 4, dim))

    def forward(self, x):
        x = x + self.token_mix(self.norm_t(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mix(self.norm_c(x))


@register("mixer")
class Mixer(nn.Module):
    def __init__(self, num_classes=10, image=32, patch=4, dim=128, depth=8):
        super().__init__()
        self.stem = nn.Conv2d(3, dim, patch, patch)
        self.layers = nn.Sequential(*(MixerLayer((image // patch) ** 2, dim) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, img):
        x = self.stem(img).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.layers(x)).mean(dim=1))
