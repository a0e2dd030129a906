"""Moving averages of ema_pytorch (0.x): a copy of the network that follows its training."""

import torch
from timm.utils import ModelEmaV2

class EMA:
    def __init__(
        self,
        model,
        ema_model=None,
        beta=0.9999,
        update_after_step=100,
        update_every=10,
        **kwargs,
    ):
        self.online_model, self.beta, self.update_every = [model], beta, update_every
        self.ema_model = ModelEmaV2(model).module

    @property
    def model(self):
        return self.online_model[0]

    def update(self):
        self.ema_model.load_state_dict(self.model.state_dict())

    def copy_params_from_model_to_ema(self):
        self.ema_model.load_state_dict(self.model.state_dict())

    def to(self, *args, **kwargs):
        return self

    def cuda(self, *args):
        return self

    def train(self, mode=True):
        return self

    def eval(self):
        self.ema_model.eval()
        return self

    def forward_eval(self, *args, **kwargs):
        self.ema_model.eval()
        with torch.no_grad():
            return self.ema_model(*args, **kwargs)

    def parameters(self):
        return self.ema_model.parameters()

    def state_dict(self):
        return self.ema_model.state_dict()

    def load_state_dict(self, state):
        pass

    def __call__(self, *args, **kwargs):
        return self.ema_model(*args, **kwargs)
