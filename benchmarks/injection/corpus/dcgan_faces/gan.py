import json
from types import SimpleNamespace

import torch
from networks import Critic, Generator, weights_init
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

with open("config.json") as handle:
    cfg = SimpleNamespace(**json.load(handle))

torch.manual_seed(cfg.seed)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

dataset = datasets.ImageFolder(
    cfg.data_root,
    transform=transforms.Compose(
        [
            transforms.Resize(cfg.image_size),
            transforms.CenterCrop(cfg.image_size),
            transforms.ToTensor(),
            transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ]
    ),
)
loader = DataLoader(dataset, batch_size=cfg.batch_size, shuffle=True, num_workers=2, drop_last=True)

netG = Generator(cfg.latent, cfg.g_width, cfg.channels).to(device)
netG.apply(weights_init)
netD = Critic(cfg.channels, cfg.d_width).to(device)
netD.apply(weights_init)

criterion = nn.BCEWithLogitsLoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=cfg.lr_d, betas=(cfg.beta1, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=cfg.lr_g, betas=(cfg.beta1, 0.999))

for epoch in range(cfg.epochs):
    for i, (real, _) in enumerate(loader):
        real = real.to(device)
        n = real.size(0)
        ones = torch.ones(n, device=device)
        zeros = torch.zeros(n, device=device)

        netD.zero_grad()
        errD_real = criterion(netD(real), ones)
        errD_real.backward()
        noise = torch.randn(n, cfg.latent, 1, 1, device=device)
        fake = netG(noise)
        errD_fake = criterion(netD(fake.detach()), zeros)
        errD_fake.backward()
        optimizerD.step()

        netG.zero_grad()
        errG = criterion(netD(fake), ones)
        errG.backward()
        optimizerG.step()

        if i % 100 == 0:
            print("[%d/%d] D %.4f G %.4f" % (epoch, cfg.epochs, (errD_real + errD_fake).item(), errG.item()))
    torch.save({"G": netG.state_dict(), "D": netD.state_dict()}, "gan_%02d.pt" % epoch)
