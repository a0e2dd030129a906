import torch


class Grid:
    """walk from a corner to the opposite one around a wall"""

    moves = [(0, 1), (0, -1), (1, 0), (-1, 0)]

    def __init__(self, side=6):
        self.side = side
        self.n_states = side * side
        self.wall = {(2, k) for k in range(side - 1)}

    def _observe(self):
        onehot = torch.zeros(self.n_states)
        onehot[self.pos[0] * self.side + self.pos[1]] = 1.0
        return onehot

    def reset(self):
        self.pos, self.t = (0, 0), 0
        return self._observe()

    def step(self, action):
        dx, dy = self.moves[action]
        x = min(max(self.pos[0] + dx, 0), self.side - 1)
        y = min(max(self.pos[1] + dy, 0), self.side - 1)
        if (x, y) not in self.wall:
            self.pos = (x, y)
        self.t += 1
        goal = self.pos == (self.side - 1, self.side - 1)
        return self._observe(), 1.0 if goal else -0.01, goal or self.t > 100
