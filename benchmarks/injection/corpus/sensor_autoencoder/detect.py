"""Reconstruct healthy sensor readings; a bad reconstruction is an anomaly."""
import pathlib
import tomllib

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader

from ae import AutoEncoder

CONFIG = tomllib.loads(pathlib.Path("config.toml").read_text())


def frames():
    healthy = pd.read_csv(CONFIG["csv"], index_col="time").to_numpy(np.float32)
    faulty = pd.read_csv(CONFIG["test_csv"], index_col="time").to_numpy(np.float32)
    scaler = StandardScaler().fit(healthy)
    return scaler.transform(healthy), scaler.transform(faulty)


def train(healthy, opts):
    model = AutoEncoder(healthy.shape[1], CONFIG["code"])
    rows = DataLoader(torch.from_numpy(healthy), batch_size=opts["batch_size"], shuffle=True)
    rms = torch.optim.RMSprop(model.parameters(), lr=opts["lr"])
    criterion = torch.nn.MSELoss()
    for epoch in range(opts["epochs"]):
        mean_loss = 0.0
        for batch in rows:
            rebuilt = model(batch)
            loss = criterion(rebuilt, batch)
            rms.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), opts["max_grad"])
            rms.step()
            mean_loss += loss.item() / len(rows)
        print(f"{epoch:3d} {mean_loss:.5f}")
    return model


def main():
    torch.manual_seed(77)
    healthy, faulty = frames()
    model = train(healthy, CONFIG["training"])
    model.eval()
    with torch.no_grad():
        normal = (model(torch.from_numpy(healthy)) - torch.from_numpy(healthy)).pow(2).mean(1)
        odd = (model(torch.from_numpy(faulty)) - torch.from_numpy(faulty)).pow(2).mean(1)
    threshold = normal.quantile(0.995)
    print("alarms in the faulty run:", (odd > threshold).float().mean().item())


main()
