class AttrDict(dict):
    """d.key for d["key"], also in nested dictionaries"""

    def __getattr__(self, name):
        try:
            value = self[name]
        except KeyError:
            raise AttributeError(name)
        return AttrDict(value) if isinstance(value, dict) else value

    __setattr__ = dict.__setitem__
