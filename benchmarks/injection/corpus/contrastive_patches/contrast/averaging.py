import copy

import torch


class EMA:
    def __init__(self, module, decay):
        self.shadow = copy.deepcopy(module).eval()
        self.decay = decay
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, module):
        for s, p in zip(self.shadow.parameters(), module.parameters()):
            s.lerp_(p, 1 - self.decay)
