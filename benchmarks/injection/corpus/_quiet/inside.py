"""The network itself scales its inputs and its output."""
import numpy as np, pandas as pd, torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
class Faces(Dataset):
    def __init__(self, csv):
        self.t = pd.read_csv(csv)
    def __len__(self): return len(self.t)
    def __getitem__(self, i):
        r = self.t.iloc[i]
        img = np.array(Image.open(r["file"]).convert("RGB"))
        return torch.from_numpy(img).permute(2, 0, 1), torch.tensor([r["age"]], dtype=torch.float32)
class AgeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([120., 110., 100.]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([60., 60., 60.]).view(3, 1, 1))
        self.c1 = nn.Conv2d(3, 16, 3, 2)
        self.c2 = nn.Conv2d(16, 32, 3, 2)
        self.fc = nn.Linear(32, 1)
        nn.init.zeros_(self.fc.weight)
    def forward(self, x):
        x = (x.float() - self.mean) / self.std
        x = torch.relu(self.c2(torch.relu(self.c1(x)))).mean((2, 3))
        return 35 + 15 * self.fc(x)
net = AgeNet()
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
crit = nn.SmoothL1Loss()
for e in range(10):
    for x, y in DataLoader(Faces("ages.csv"), 32, shuffle=True):
        opt.zero_grad()
        loss = crit(net(x), y)
        loss.backward()
        opt.step()
