"""contextvars: values of the running context. A program that trains has one context here; what threads and tasks see apart
is not told apart.

Source: https://docs.python.org/3/library/contextvars.html (`get` raises LookupError where there is neither value nor default).
"""

class Token:
    MISSING = object()

    def __init__(self, var, old_value):
        self.var = var
        self.old_value = old_value

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.var.reset(self)

class ContextVar:
    def __init__(self, name, *, default=Token.MISSING):
        self.name = name
        self.default = default
        self.value = Token.MISSING

    def get(self, default=Token.MISSING):
        if self.value is not Token.MISSING:
            return self.value
        if default is not Token.MISSING:
            return default
        if self.default is not Token.MISSING:
            return self.default
        raise LookupError(self.name)

    def set(self, value):
        token = Token(self, self.value)
        self.value = value
        return token

    def reset(self, token):
        self.value = token.old_value

class Context:
    def run(self, function, *args, **kwargs):
        return function(*args, **kwargs)

    def copy(self):
        return self

def copy_context():
    return Context()
