"""How torchutil (0.0.x) evaluates."""

import torch

class context:
    def __init__(self, model, autocast=True):
        self.model = model

    def __enter__(self):
        self.model.eval()
        torch.set_grad_enabled(False)

    def __exit__(self, *error):
        torch.set_grad_enabled(True)
        self.model.train()
