import pandas as pd
import torch
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, StandardScaler
from torch.utils.data import DataLoader, TensorDataset


class StationData:
    numeric = ["pressure", "humidity", "temperature", "wind_speed"]
    categorical = ["season", "wind_direction"]

    def __init__(self, table, target, batch_size):
        frame = pd.read_csv(table).dropna()
        train, valid = train_test_split(frame, test_size=0.2, random_state=0)
        inputs = ColumnTransformer(
            [("num", StandardScaler(), self.numeric), ("cat", OneHotEncoder(sparse_output=False), self.categorical)]
        )
        output = PowerTransformer()
        self.train = self._set(inputs.fit_transform(train), output.fit_transform(train[[target]]))
        self.valid = self._set(inputs.transform(valid), output.transform(valid[[target]]))
        self.batch_size = batch_size
        self.width = self.train.tensors[0].shape[1]

    @staticmethod
    def _set(x, y):
        return TensorDataset(torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(y, dtype=torch.float32))

    @property
    def loaders(self):
        return DataLoader(self.train, self.batch_size, shuffle=True), DataLoader(self.valid, 4 * self.batch_size)
