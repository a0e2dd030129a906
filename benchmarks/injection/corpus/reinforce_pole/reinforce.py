import random
from argparse import ArgumentParser

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

from pole_env import Pole


class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.body = nn.Linear(4, 128)
        self.head = nn.Linear(128, 2)

    def forward(self, obs):
        return self.head(F.relu(self.body(obs)))


def play(env, policy):
    log_probs, rewards = [], []
    obs, done = env.reset(), False
    while not done:
        dist = Categorical(logits=policy(torch.tensor(obs)))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        obs, reward, done = env.step(action.item())
        rewards.append(reward)
    return torch.stack(log_probs), rewards


def returns_of(rewards, gamma):
    out, g = [], 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        out.insert(0, g)
    out = torch.tensor(out)
    return (out - out.mean()) / (out.std() + 1e-6)


if __name__ == "__main__":
    arg = ArgumentParser()
    arg.add_argument("--gamma", default=0.99, type=float)
    arg.add_argument("--episodes", default=2000, type=int)
    arg.add_argument("--rate", default=0.005, type=float)
    arg = arg.parse_args()
    random.seed(3)
    torch.manual_seed(3)
    env, policy = Pole(), Policy()
    optimizer = torch.optim.Adam(policy.parameters(), lr=arg.rate)
    average = 10.0
    for episode in range(arg.episodes):
        log_probs, rewards = play(env, policy)
        policy_loss = -(log_probs * returns_of(rewards, arg.gamma)).sum()
        optimizer.zero_grad()
        policy_loss.backward()
        optimizer.step()
        average = 0.95 * average + 0.05 * sum(rewards)
        if episode % 50 == 0:
            print("episode", episode, "length", len(rewards), "average", round(average, 1))
