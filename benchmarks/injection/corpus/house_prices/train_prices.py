"""Predict sale prices from a flat table with a small multilayer perceptron."""

import random

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CSV = "data/houses.csv"
NUMERIC = ["area", "bedrooms", "bathrooms", "lot", "year_built", "garage", "distance_to_center"]
TARGET = "sale_price"

LEARNING_RATE = 1e-3
BATCH = 64
EPOCHS = 80
SEED = 3

random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)


def read_table(path):
    frame = pd.read_csv(path).dropna(subset=NUMERIC + [TARGET])
    X = frame[NUMERIC].to_numpy(dtype=np.float32)
    y = frame[[TARGET]].to_numpy(dtype=np.float32)
    return train_test_split(X, y, test_size=0.2, random_state=SEED)


def main():
    X_train, X_val, y_train, y_val = read_table(CSV)

    x_scaler = StandardScaler()
    X_train = x_scaler.fit_transform(X_train)
    X_val = x_scaler.transform(X_val)

    y_scaler = StandardScaler()
    y_train = y_scaler.fit_transform(y_train)
    y_val = y_scaler.transform(y_val)

    train_set = TensorDataset(
        torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train, dtype=torch.float32)
    )
    val_set = TensorDataset(
        torch.tensor(X_val, dtype=torch.float32), torch.tensor(y_val, dtype=torch.float32)
    )
    train_loader = DataLoader(train_set, batch_size=BATCH, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=256)

    model = nn.Sequential(
        nn.Linear(len(NUMERIC), 64),
        nn.ReLU(),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Linear(64, 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    loss_fn = nn.MSELoss()

    best = float("inf")
    for epoch in range(EPOCHS):
        model.train()
        running = 0.0
        for xb, yb in train_loader:
            optimizer.zero_grad()
            pred = model(xb)
            loss = loss_fn(pred, yb)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(xb)

        model.eval()
        with torch.no_grad():
            total = 0.0
            for xb, yb in val_loader:
                total += loss_fn(model(xb), yb).item() * len(xb)
        val_mse = total / len(val_set)
        rmse_dollars = np.sqrt(val_mse) * y_scaler.scale_[0]
        print(
            f"epoch {epoch:3d}  train {running / len(train_set):.4f}  val {val_mse:.4f}  rmse ${rmse_dollars:,.0f}"
        )
        if val_mse < best:
            best = val_mse
            torch.save(model.state_dict(), "prices.pt")


if __name__ == "__main__":
    main()
