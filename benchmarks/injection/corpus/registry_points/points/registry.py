import torch


class Registry(dict):
    def register(self, key):
        def decorator(obj):
            self[key] = obj
            return obj
        return decorator

    def create(self, spec, *args):
        return self[spec["name"]](*args, **spec["params"])


models = Registry()
optimizers = Registry(adam=torch.optim.Adam, sgd=torch.optim.SGD, rmsprop=torch.optim.RMSprop)
