"""Data sets and loaders of MONAI (1.x): elements of a list that are transformed; some keep what they made."""

import torch

class Dataset(torch.utils.data.Dataset):
    def __init__(self, data, transform=None, *args, **kwargs):
        self.data, self.transform = data, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        item = self.data[index]
        return item if self.transform is None else self.transform(item)

class CacheDataset(Dataset): ...
class SmartCacheDataset(Dataset): ...
class PersistentDataset(Dataset): ...
class LMDBDataset(Dataset): ...

class DataLoader(torch.utils.data.DataLoader):
    def __init__(self, dataset, num_workers=0, **kwargs):
        super().__init__(dataset=dataset, num_workers=num_workers, **kwargs)

class ThreadDataLoader(torch.utils.data.DataLoader):
    def __init__(
        self,
        dataset,
        buffer_size=1,
        buffer_timeout=0.01,
        repeats=1,
        use_thread_workers=False,
        **kwargs,
    ):
        super().__init__(dataset=dataset, **kwargs)

def decollate_batch(batch, detach=True, pad=True, fill_value=None):
    if isinstance(batch, torch.Tensor):
        return [batch.detach()[0]]
    return batch
