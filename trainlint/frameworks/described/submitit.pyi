"""Jobs of a cluster (submitit 1.5): what is submitted does what the program does, and is run where it is submitted.

https://github.com/facebookincubator/submitit/blob/main/submitit/core/core.py
"""

from contextlib import contextmanager

class Job:
    def __init__(self, result):
        self._result = result
    def result(self):
        return self._result
    def results(self):
        return [self._result]
    def wait(self):
        pass
    def cancel(self, check=True):
        pass

class Executor:
    """`submit(f, *args)` runs `f(*args)`: a function, or an object that can be called (a checkpointable trainer)."""
    def __init__(self, folder=None, *args, **kwargs):
        self.folder = folder
    def update_parameters(self, **kwargs):
        pass
    def submit(self, fn, *args, **kwargs):
        return Job(fn(*args, **kwargs))
    def map_array(self, fn, *iterable):
        return [self.submit(fn, *each) for each in zip(*iterable)]
    @contextmanager
    def batch(self, allow_implicit_submissions=False):
        yield

class AutoExecutor(Executor): ...
class SlurmExecutor(Executor): ...
class LocalExecutor(Executor): ...
class DebugExecutor(Executor): ...
