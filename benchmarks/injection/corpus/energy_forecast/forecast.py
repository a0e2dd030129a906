import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from windows import WindowDataset, load_series, split_and_scale

PARAMS = json.loads(Path(__file__).with_name("params.json").read_text())


class Forecaster(nn.Module):
    def __init__(self, horizon, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.GRU(1, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, horizon)

    def forward(self, past):
        out, _ = self.rnn(past)
        return self.head(out[:, -1])


def main(p):
    torch.manual_seed(0)
    series = load_series(p["csv"], p["column"])
    train_series, test_series, mean, std = split_and_scale(series)
    t = p["training"]
    train = DataLoader(
        WindowDataset(train_series, p["window"], p["horizon"]), batch_size=t["batch_size"], shuffle=True
    )
    test = DataLoader(WindowDataset(test_series, p["window"], p["horizon"]), batch_size=512)

    model = Forecaster(p["horizon"], **p["model"])
    huber = nn.HuberLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=t["learning_rate"])

    for epoch in range(t["epochs"]):
        model.train()
        for past, future in train:
            loss = huber(model(past), future)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), t["gradient_clip"])
            optimizer.step()

        model.eval()
        errors = []
        with torch.inference_mode():
            for past, future in test:
                errors.append((model(past) - future).abs().mean().item() * std)
        print(f"epoch {epoch}: mean absolute error {sum(errors) / len(errors):.1f} MW")


if __name__ == "__main__":
    main(PARAMS)
