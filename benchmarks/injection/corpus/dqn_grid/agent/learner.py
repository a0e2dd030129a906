import copy
import random

import torch
import torch.nn.functional as F
from torch.nn.utils import clip_grad_value_

from .qnet import QNet


class Learner:
    def __init__(self, n_states, n_actions, n_hidden=64, lr=5e-4, gamma=0.97, sync_every=200):
        self.online = QNet(n_states, n_actions, n_hidden)
        self.target = copy.deepcopy(self.online)
        self.target.requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.online.parameters(), lr=lr)
        self.n_actions = n_actions
        self.gamma = gamma
        self.sync_every = sync_every
        self.updates = 0

    def act(self, state, epsilon):
        if random.random() < epsilon:
            return random.randrange(self.n_actions)
        with torch.no_grad():
            return self.online(state.unsqueeze(0)).argmax(1).item()

    def learn(self, batch):
        q = self.online(batch.state).gather(1, batch.action.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            best = self.target(batch.next_state).max(1).values
            goal = batch.reward + self.gamma * best * (1 - batch.done)
        loss = F.smooth_l1_loss(q, goal)
        self.optimizer.zero_grad()
        loss.backward()
        clip_grad_value_(self.online.parameters(), 1.0)
        self.optimizer.step()
        self.updates += 1
        if self.updates % self.sync_every == 0:
            self.target.load_state_dict(self.online.state_dict())
        return loss.item()
