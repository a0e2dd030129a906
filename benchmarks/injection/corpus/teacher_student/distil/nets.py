from torch.nn import Linear, ReLU, Sequential


def perceptron(n_in, hidden, n_out):
    sizes = [n_in, *hidden]
    modules = []
    for a, b in zip(sizes, sizes[1:]):
        modules.append(Linear(a, b))
        modules.append(ReLU())
    return Sequential(*modules, Linear(sizes[-1], n_out))
