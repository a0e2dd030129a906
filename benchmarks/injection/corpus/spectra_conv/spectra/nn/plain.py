import torch
from torch import nn
from torch.nn import init


class PlainConv(nn.Module):
    """Nine convolutions and no normalisation: concentrations from a near-infrared spectrum."""

    def __init__(self, n_out: int, width: int = 32):
        super().__init__()
        self.c1 = nn.Conv1d(1, width, 7, padding=3)
        self.c2 = nn.Conv1d(width, width, 5, padding=2)
        self.c3 = nn.Conv1d(width, width, 5, padding=2)
        self.c4 = nn.Conv1d(width, 2 * width, 5, padding=2, stride=2)
        self.c5 = nn.Conv1d(2 * width, 2 * width, 5, padding=2)
        self.c6 = nn.Conv1d(2 * width, 2 * width, 5, padding=2)
        self.c7 = nn.Conv1d(2 * width, 4 * width, 3, padding=1, stride=2)
        self.c8 = nn.Conv1d(4 * width, 4 * width, 3, padding=1)
        self.c9 = nn.Conv1d(4 * width, 4 * width, 3, padding=1)
        self.act = nn.ReLU()
        self.fc = nn.Linear(4 * width, n_out)
        self.init_weights()

    def init_weights(self) -> None:
        for module in self.children():
            if isinstance(module, nn.Conv1d):
                init.kaiming_normal_(module.weight.data, nonlinearity="relu")

    def forward(self, spectrum: torch.Tensor) -> torch.Tensor:
        h = spectrum
        for conv in (self.c1, self.c2, self.c3, self.c4, self.c5, self.c6, self.c7, self.c8, self.c9):
            h = self.act(conv(h))
        return self.fc(h.mean(dim=2))
