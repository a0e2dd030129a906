import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
from torch.utils.data import TensorDataset

CATEGORICAL = ["plan", "region", "device", "payment"]
CONTINUOUS = ["tenure_months", "monthly_fee", "support_calls", "data_gb"]
LABEL = "left"


def prepare(path, seed):
    df = pd.read_csv(path)
    codes = df[CATEGORICAL].apply(lambda s: s.astype("category").cat.codes).to_numpy(dtype=np.int64)
    cardinalities = (codes.max(axis=0) + 1).tolist()
    conts = df[CONTINUOUS].to_numpy(dtype=np.float32)
    left = df[LABEL].to_numpy(dtype=np.float32)

    c_tr, c_te, n_tr, n_te, y_tr, y_te = train_test_split(
        codes, conts, left, test_size=0.25, stratify=left, random_state=seed
    )
    scaler = MinMaxScaler()
    n_tr = scaler.fit_transform(n_tr)
    n_te = scaler.transform(n_te)

    train = TensorDataset(torch.from_numpy(c_tr), torch.FloatTensor(n_tr), torch.from_numpy(y_tr))
    test = TensorDataset(torch.from_numpy(c_te), torch.FloatTensor(n_te), torch.from_numpy(y_te))
    return train, test, cardinalities
