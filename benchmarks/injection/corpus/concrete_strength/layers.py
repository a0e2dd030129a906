import torch.nn as nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "elu": nn.ELU, "sigmoid": nn.Sigmoid}


def fully_connected(n_in, units, layers, activation):
    act = ACTIVATIONS[activation]
    stack = [nn.Linear(n_in, units), act()]
    for _ in range(layers - 1):
        stack += [nn.Linear(units, units), act()]
    stack.append(nn.Linear(units, 1))
    return nn.Sequential(*stack)


def init_weights(m):
    if type(m) == nn.Linear:
        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        m.bias.data.fill_(0.02)
