import torch.nn as nn


def dense(n_in, n_out):
    layer = nn.Linear(n_in, n_out)
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    return layer


def make_mlp(n_features, hidden_units):
    """Plain deep classifier: one logit, signal against background."""
    seq = nn.Sequential()
    previous = n_features
    for i, units in enumerate(hidden_units):
        seq.add_module("dense%d" % i, dense(previous, units))
        seq.add_module("relu%d" % i, nn.ReLU())
        previous = units
    seq.add_module("out", nn.Linear(previous, 1))
    return seq
