"""Warmups of pytorch_warmup (0.2): factors on the rates that a schedule sets, for a while."""

class BaseWarmup:
    def __init__(self, optimizer, warmup_params=None, last_step=-1):
        self.optimizer = optimizer
        self.last_step = last_step

    def dampen(self, step=None):
        self.last_step += 1

    def dampening(self):
        return self

    def __enter__(self):
        return None

    def __exit__(self, *args):
        self.dampen()

class LinearWarmup(BaseWarmup):
    pass

class ExponentialWarmup(BaseWarmup):
    pass

class RAdamWarmup(BaseWarmup):
    pass

class UntunedLinearWarmup(BaseWarmup):
    pass

class UntunedExponentialWarmup(BaseWarmup):
    pass
