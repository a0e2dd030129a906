MODELS = {}


def register(name):
    def wrap(cls):
        MODELS[name] = cls
        return cls

    return wrap


def build(name, **kwargs):
    if name not in MODELS:
        raise KeyError(f"unknown model {name!r}; there are {sorted(MODELS)}")
    return MODELS[name](**kwargs)
