import math
import random


class Pole:
    """A pole on a cart, pushed left or right; observations are scaled to about one."""

    def reset(self):
        self.state = [random.uniform(-0.05, 0.05) for _ in range(4)]
        self.t = 0
        return list(self.state)

    def step(self, action):
        x, v, th, om = self.state
        force = 10.0 if action == 1 else -10.0
        cos, sin = math.cos(th), math.sin(th)
        temp = (force + 0.05 * om * om * sin) / 1.1
        acc = (9.8 * sin - cos * temp) / (0.5 * (4.0 / 3.0 - 0.1 * cos * cos / 1.1))
        v_dot = temp - 0.05 * acc * cos / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * v_dot, th + 0.02 * om, om + 0.02 * acc]
        self.t += 1
        done = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.21 or self.t >= 500
        return list(self.state), 1.0, done
