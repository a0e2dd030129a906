"""Callbacks of skorch (1.x) that schedule rates and clip gradients; the others leave training as it is.

https://skorch.readthedocs.io/en/stable/callbacks.html
"""

import torch

class Callback:
    def initialize(self):
        return self

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        pass

    def on_train_end(self, net, X=None, y=None, **kwargs):
        pass

    def on_epoch_begin(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        pass

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        pass

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        pass

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        pass

    def on_grad_computed(self, net, named_parameters, X=None, y=None, training=None, **kwargs):
        pass

class _Watching(Callback):
    def __init__(self, *args, **kwargs):
        pass

class LRScheduler(Callback):
    def __init__(
        self,
        policy="WarmRestartLR",
        monitor="train_loss",
        event_name="event_lr",
        step_every="epoch",
        **kwargs,
    ):
        self.policy, self.monitor, self.step_every, self.kwargs = policy, monitor, step_every, kwargs

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        kind = getattr(torch.optim.lr_scheduler, self.policy) if isinstance(self.policy, str) else self.policy
        self.lr_scheduler_ = kind(net.optimizer_, **self.kwargs)

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if self.step_every == "epoch":
            self.lr_scheduler_.step()

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        if self.step_every == "batch" and training:
            self.lr_scheduler_.step()

class GradientNormClipping(Callback):
    def __init__(self, gradient_clip_value=None, gradient_clip_norm_type=2):
        self.gradient_clip_value, self.gradient_clip_norm_type = gradient_clip_value, gradient_clip_norm_type

    def on_grad_computed(self, net, named_parameters, X=None, y=None, training=None, **kwargs):
        if self.gradient_clip_value is not None:
            torch.nn.utils.clip_grad_norm_(net.module_.parameters(), self.gradient_clip_value)

class EarlyStopping(_Watching):
    pass

class EpochScoring(_Watching):
    pass

class BatchScoring(_Watching):
    pass

class PassthroughScoring(_Watching):
    pass

class PrintLog(_Watching):
    pass

class ProgressBar(_Watching):
    pass

class EpochTimer(_Watching):
    pass

class Checkpoint(_Watching):
    pass

class TrainEndCheckpoint(_Watching):
    pass

class TensorBoard(_Watching):
    pass

class WandbLogger(_Watching):
    pass

class MlflowLogger(_Watching):
    pass
