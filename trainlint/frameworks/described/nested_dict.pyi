"""nested_dict (1.61): dictionaries in dictionaries, gone through as one by tuples of their keys."""

def _flat(level, keys=()):
    for key, value in level.items():
        if isinstance(value, dict):
            yield from _flat(value, (*keys, key))
        else:
            yield (*keys, key), value

class nested_dict(dict):
    def __missing__(self, key):
        self[key] = nested_dict()
        return self[key]

    def items_flat(self):
        return _flat(self)

    def iteritems_flat(self):
        return _flat(self)

    def keys_flat(self):
        return (keys for keys, _ in _flat(self))

    def values_flat(self):
        return (value for _, value in _flat(self))
