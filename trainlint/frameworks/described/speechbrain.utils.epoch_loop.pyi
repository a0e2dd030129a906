"""Counters of epochs (SpeechBrain 1.0)."""

class EpochCounter:
    def __init__(self, limit):
        self.current, self.limit = 0, int(limit)

    def __iter__(self):
        return iter(range(1, self.limit + 1))
