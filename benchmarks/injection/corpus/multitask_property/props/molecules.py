import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler
from torch.utils.data import DataLoader, TensorDataset

TASKS = ["solubility", "melting_point", "log_p"]


class MoleculeData:
    def __init__(self, csv, batch_size):
        table = pd.read_csv(csv)
        descriptors = [c for c in table.columns if c.startswith("d_")]
        train, test = train_test_split(table, test_size=0.15, random_state=2)
        self.in_scaler = make_pipeline(RobustScaler(), StandardScaler())
        self.out_scaler = StandardScaler()
        self.train = self._tensors(
            self.in_scaler.fit_transform(train[descriptors]), self.out_scaler.fit_transform(train[TASKS])
        )
        self.test = self._tensors(self.in_scaler.transform(test[descriptors]), self.out_scaler.transform(test[TASKS]))
        self.n_descriptors = len(descriptors)
        self.batch_size = batch_size

    @staticmethod
    def _tensors(x, y):
        return TensorDataset(torch.tensor(x).float(), torch.tensor(y).float())

    def train_loader(self):
        return DataLoader(self.train, batch_size=self.batch_size, shuffle=True)

    def test_loader(self):
        return DataLoader(self.test, batch_size=1000)
