import random
from collections import deque, namedtuple

import torch

Transition = namedtuple("Transition", "state action reward next_state done")


class Memory:
    def __init__(self, capacity):
        self.items = deque(maxlen=capacity)

    def push(self, *args):
        self.items.append(Transition(*args))

    def __len__(self):
        return len(self.items)

    def sample(self, k):
        batch = Transition(*zip(*random.sample(self.items, k)))
        return Transition(
            torch.stack(batch.state), torch.tensor(batch.action), torch.tensor(batch.reward),
            torch.stack(batch.next_state), torch.tensor(batch.done, dtype=torch.float32),
        )
