"""Store one picture in the weights of a network: (x, y) -> (r, g, b)."""
from dataclasses import dataclass
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn


@dataclass
class Args:
    picture: str = "photo.png"
    octaves: int = 8
    width: int = 128
    steps: int = 3000
    pixels_per_step: int = 4096
    lr: float = 1e-3
    clip: float = 1.0


class Coordinates(nn.Module):
    def __init__(self, octaves, width):
        super().__init__()
        self.register_buffer("freq", 2.0 ** torch.arange(octaves) * np.pi)
        n_in = 4 * octaves
        self.h1 = nn.Linear(n_in, width)
        self.h2 = nn.Linear(width, width)
        self.h3 = nn.Linear(width, width)
        self.h4 = nn.Linear(width, width)
        self.h5 = nn.Linear(width, width)
        self.h6 = nn.Linear(width, width)
        self.h7 = nn.Linear(width, width)
        self.h8 = nn.Linear(width, width)
        self.rgb = nn.Linear(width, 3)
        for name, p in self.named_parameters():
            if name.endswith("weight"):
                nn.init.kaiming_normal_(p, nonlinearity="relu")

    def forward(self, xy):
        phase = (xy[..., None] * self.freq).flatten(1)
        z = torch.cat([phase.sin(), phase.cos()], dim=1)
        z = self.h1(z).relu()
        z = self.h2(z).relu()
        z = self.h3(z).relu()
        z = self.h4(z).relu()
        z = self.h5(z).relu()
        z = self.h6(z).relu()
        z = self.h7(z).relu()
        z = self.h8(z).relu()
        return self.rgb(z)


def main(args):
    torch.manual_seed(0)
    image = torch.from_numpy(np.asarray(Image.open(args.picture).convert("RGB"))).float() / 255.0
    height, width, _ = image.shape
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    xy = torch.stack([xs, ys], dim=-1).view(-1, 2)
    colours = image.view(-1, 3)

    net = Coordinates(args.octaves, args.width)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    for step in range(args.steps):
        pick = torch.randint(len(xy), (args.pixels_per_step,))
        loss = nn.functional.mse_loss(net(xy[pick]), colours[pick])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), args.clip)
        optimizer.step()
        if step % 100 == 0:
            print(step, "psnr", -10 * np.log10(loss.item()))
    torch.save(net.state_dict(), args.picture + ".pt")


if __name__ == "__main__":
    main(Args(*sys.argv[1:2]))
