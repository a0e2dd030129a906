"""Meta-learning with learn2learn (0.2): learners around a network, and the networks of its benchmarks.

A learner is no network of its own; its clones share the weights, as gradients flow through what they learn.
"""

import torch
from torch import nn

class _Learner:
    def parameters(self, *args, **kwargs):
        return self.module.parameters()

    def named_parameters(self, *args, **kwargs):
        return self.module.named_parameters()

    def modules(self):
        return self.module.modules()

    def state_dict(self, *args, **kwargs):
        return self.module.state_dict()

    def load_state_dict(self, *args, **kwargs):
        return self.module.load_state_dict(*args)

    def zero_grad(self, *args, **kwargs):
        self.module.zero_grad()

    def to(self, *args, **kwargs):
        self.module.to(*args, **kwargs)
        return self

    def cuda(self, *args):
        return self.to("cuda")

    def train(self, mode=True):
        self.module.train(mode)
        return self

    def eval(self):
        self.module.eval()
        return self

    def __call__(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def adapt(self, loss, first_order=None, *args, **kwargs):
        torch.autograd.grad(loss, self.module.parameters(), create_graph=True)

class MAML(_Learner):
    def __init__(self, model, lr, first_order=False, allow_unused=None, allow_nograd=False):
        self.module, self.lr, self.first_order = model, lr, first_order

    def clone(self, first_order=None, allow_unused=None, allow_nograd=None):
        return MAML(self.module, self.lr, self.first_order)

class MetaSGD(_Learner):
    """It learns a rate for each weight besides."""

    def __init__(self, model, lr=1.0, first_order=False, lrs=None):
        self.module, self.first_order = model, first_order
        if lrs is None:
            lrs = nn.ParameterList([nn.Parameter(torch.ones_like(p) * lr) for p in model.parameters()])
        self.lrs = lrs

    def parameters(self, *args, **kwargs):
        return [*self.module.parameters(), *self.lrs]

    def clone(self):
        return MetaSGD(self.module, first_order=self.first_order, lrs=self.lrs)

class Flatten(nn.Module):
    def forward(self, x):
        return x.view(x.size(0), -1)

class Lambda(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, *args, **kwargs):
        return self.fn(*args, **kwargs)

class Scale(nn.Module):
    def __init__(self, shape=None, alpha=1.0):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(shape if shape is not None else 1) * alpha)

    def forward(self, x):
        return x * self.alpha

class LinearBlock(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.relu = nn.ReLU()
        self.normalize = nn.BatchNorm1d(output_size, eps=1e-3, momentum=0.999, track_running_stats=False)
        self.linear = _small(nn.Linear(input_size, output_size))

    def forward(self, x):
        return self.relu(self.normalize(self.linear(x)))

def _small(layer):
    nn.init.trunc_normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer

def _xavier(layer):
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer

class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, max_pool=True, max_pool_factor=1.0):
        super().__init__()
        stride = int(2 * max_pool_factor)
        self.max_pool = nn.MaxPool2d(stride, stride) if max_pool else nn.Identity()
        self.normalize = nn.BatchNorm2d(out_channels, affine=True)
        nn.init.uniform_(self.normalize.weight)
        self.relu = nn.ReLU()
        self.conv = _xavier(
            nn.Conv2d(in_channels, out_channels, kernel_size, stride=1 if max_pool else stride, padding=1)
        )

    def forward(self, x):
        return self.max_pool(self.relu(self.normalize(self.conv(x))))

class ConvBase(nn.Sequential):
    def __init__(self, hidden=64, channels=1, max_pool=False, layers=4, max_pool_factor=1.0):
        super().__init__(
            *[
                ConvBlock(channels if number == 0 else hidden, hidden, (3, 3), max_pool, max_pool_factor)
                for number in range(layers)
            ]
        )

class OmniglotFC(nn.Module):
    def __init__(self, input_size, output_size, sizes=None):
        super().__init__()
        sizes = [input_size, *(sizes or [256, 128, 64, 64])]
        blocks = nn.Sequential(*[LinearBlock(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.features = nn.Sequential(Flatten(), blocks)
        self.classifier = _small(nn.Linear(sizes[-1], output_size))

    def forward(self, x):
        return self.classifier(self.features(x))

class OmniglotCNN(nn.Module):
    def __init__(self, output_size=5, hidden_size=64, layers=4):
        super().__init__()
        self.base = ConvBase(hidden=hidden_size, channels=1, max_pool=False, layers=layers)
        self.classifier = nn.Linear(hidden_size, output_size)
        nn.init.normal_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x):
        return self.classifier(self.base(x.view(-1, 1, 28, 28)).mean(dim=[2, 3]))

class CNN4Backbone(ConvBase):
    def __init__(self, hidden_size=64, layers=4, channels=3, max_pool=True, max_pool_factor=None):
        super().__init__(hidden_size, channels, max_pool, layers, max_pool_factor or 4 // layers)

    def forward(self, x):
        return super().forward(x).reshape(x.size(0), -1)

class CNN4(nn.Module):
    def __init__(
        self,
        output_size,
        hidden_size=64,
        layers=4,
        channels=3,
        max_pool=True,
        embedding_size=None,
    ):
        super().__init__()
        self.features = CNN4Backbone(hidden_size, layers, channels, max_pool)
        self.classifier = _xavier(nn.Linear(embedding_size or 25 * hidden_size, output_size))

    def forward(self, x):
        return self.classifier(self.features(x))

class MiniImagenetCNN(CNN4): ...
