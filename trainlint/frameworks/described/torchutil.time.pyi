"""Clocks of torchutil (0.0.x)."""

import time

class context:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.started = time.time()

    def __exit__(self, *error):
        pass

def reset():
    pass

def results():
    return {"total": time.time()}
