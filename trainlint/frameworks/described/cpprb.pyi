"""Replay buffers of cpprb (10, 11): what is drawn, and how many."""

import numpy as np

class ReplayBuffer:
    def __init__(self, size, env_dict=None, next_of=None, **kwargs):
        self.size, self.env_dict, self.stored = size, env_dict or {}, 0
        self.kept = {name: np.zeros((size, 1)) for name in self.env_dict}

    def add(self, **kwargs):
        self.stored = self.stored + 1
        return self.stored

    def get_stored_size(self):
        return self.stored

    def get_buffer_size(self):
        return self.size

    def on_episode_end(self):
        pass

    def clear(self):
        self.stored = 0

    def sample(self, batch_size):
        drawn = np.random.randint(0, self.stored, batch_size)
        return {name: values[drawn] for name, values in self.kept.items()}

class PrioritizedReplayBuffer(ReplayBuffer):
    def __init__(self, size, env_dict=None, alpha=0.6, **kwargs):
        super().__init__(size, env_dict, **kwargs)

    def sample(self, batch_size, beta=0.4):
        drawn = np.random.randint(0, self.stored, batch_size)
        found = {name: values[drawn] for name, values in self.kept.items()}
        found["weights"] = np.ones(batch_size)
        found["indexes"] = drawn
        return found

    def update_priorities(self, indexes, priorities):
        pass
