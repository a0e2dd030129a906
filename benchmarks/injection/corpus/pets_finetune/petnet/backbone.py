import torch
from torchvision.models import EfficientNet_B0_Weights, efficientnet_b0


class PetNet(torch.nn.Module):
    def __init__(self, breeds):
        super().__init__()
        self.body = efficientnet_b0(weights=EfficientNet_B0_Weights.IMAGENET1K_V1)
        self.body.classifier[1] = torch.nn.Linear(1280, breeds)

    def forward(self, x):
        return self.body(x)
