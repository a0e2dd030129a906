from torch import nn


class Conv1dNet(nn.Module):
    def __init__(self, n_mels, channels, kernel, n_classes):
        super().__init__()
        layers = []
        previous = n_mels
        for width in channels:
            layers.extend(self._unit(previous, width, kernel))
            previous = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(previous, n_classes))

    @staticmethod
    def _unit(c_in, c_out, kernel):
        return [
            nn.Conv1d(c_in, c_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(c_out),
            nn.ReLU(),
            nn.MaxPool1d(2),
        ]

    def forward(self, mel):
        return self.head(self.body(mel))


class LinearProbe(nn.Module):
    def __init__(self, n_mels, n_classes):
        super().__init__()
        self.fc = nn.Linear(n_mels, n_classes)

    def forward(self, mel):
        return self.fc(mel.mean(dim=2))
