"""What torchnet's meters are given goes into figures and nowhere else."""

import time

class Meter:
    def __init__(self, *args, **kwargs):
        self.reset()

    def reset(self):
        self.started = time.time()

    def add(self, *values):
        pass

    def value(self):
        return time.time() - self.started

class AverageValueMeter(Meter):
    def value(self):
        return time.time() - self.started, time.time() - self.started

class MovingAverageValueMeter(AverageValueMeter):
    pass

class ClassErrorMeter(Meter):
    def __init__(self, topk=[1], accuracy=False):
        self.topk = topk
        self.reset()

    def value(self, k=-1):
        return [time.time() - self.started for _ in self.topk]

class APMeter(ClassErrorMeter):
    pass

class AUCMeter(Meter):
    def value(self):
        return time.time() - self.started, None, None

class ConfusionMeter(Meter):
    pass

class MSEMeter(Meter):
    pass

class mAPMeter(Meter):
    pass

class TimeMeter(Meter):
    pass
