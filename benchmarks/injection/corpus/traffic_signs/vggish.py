import torch.nn as nn

LAYOUT = [32, 32, "M", 64, 64, "M", 128, 128, "M", 256, 256, "M"]


def make_features(layout, in_channels=3):
    layers = []
    for item in layout:
        if item == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(in_channels, item, kernel_size=3, padding=1))
            layers.append(nn.ReLU(inplace=True))
            in_channels = item
    return nn.Sequential(*layers)


class VGGish(nn.Module):
    """Plain convolutional net for 48x48 pictures."""

    def __init__(self, num_classes=43):
        super().__init__()
        self.features = make_features(LAYOUT)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(256 * 3 * 3, 256),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(256, num_classes),
        )
        self._initialize_weights()

    def forward(self, x):
        return self.classifier(self.features(x))

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
