from torch import nn


def conv3x3(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)


class Residual(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv_a = conv3x3(cin, cout, stride)
        self.norm_a = nn.BatchNorm2d(cout)
        self.conv_b = conv3x3(cout, cout)
        self.norm_b = nn.BatchNorm2d(cout)
        self.act = nn.ReLU()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout)
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        out = self.act(self.norm_a(self.conv_a(x)))
        out = self.norm_b(self.conv_b(out))
        return self.act(out + self.shortcut(x))


class LeafResNet(nn.Module):
    def __init__(self, num_classes, stem, stages):
        super().__init__()
        self.stem = nn.Sequential(conv3x3(3, stem, 2), nn.BatchNorm2d(stem), nn.ReLU(), nn.MaxPool2d(2))
        body = []
        cin = stem
        for i, width in enumerate(stages):
            body.append(Residual(cin, width, 1 if i == 0 else 2))
            body.append(Residual(width, width, 1))
            cin = width
        self.body = nn.Sequential(*body)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(cin, num_classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        return self.fc(self.pool(x).flatten(1))
