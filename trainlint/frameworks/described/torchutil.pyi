"""What torchutil (0.0.x) puts around a training: messages and a progress bar."""

import tqdm

def notify(description=None, track_start=False, **kwargs):
    def decorator(function):
        return function
    return decorator

def iterator(iterable, message=None, initial=0, total=None):
    return tqdm.tqdm(iterable, desc=message, initial=initial, total=total)
