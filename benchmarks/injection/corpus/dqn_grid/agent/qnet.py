import torch.nn as nn


class QNet(nn.Module):
    def __init__(self, n_states, n_actions, n_hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_states, n_hidden),
            nn.ReLU(),
            nn.Linear(n_hidden, n_hidden),
            nn.ReLU(),
            nn.Linear(n_hidden, n_actions),
        )

    def forward(self, state):
        return self.layers(state)
