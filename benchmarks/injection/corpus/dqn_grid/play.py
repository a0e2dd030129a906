import random

import torch

from agent import Learner, Memory
from grid import Grid

EPISODES = 600
BATCH = 64


def main():
    random.seed(0)
    torch.manual_seed(0)
    env = Grid()
    memory = Memory(20_000)
    learner = Learner(env.n_states, len(env.moves))
    for episode in range(EPISODES):
        epsilon = max(0.05, 1.0 - episode / 300)
        state, done, total = env.reset(), False, 0.0
        while not done:
            action = learner.act(state, epsilon)
            next_state, reward, done = env.step(action)
            memory.push(state, action, reward, next_state, done)
            state = next_state
            total += reward
            if len(memory) >= 10 * BATCH:
                learner.learn(memory.sample(BATCH))
        if episode % 20 == 0:
            print(f"episode {episode} return {total:.2f} epsilon {epsilon:.2f}")


if __name__ == "__main__":
    main()
