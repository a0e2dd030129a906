import argparse

import torch
import torch.nn.functional as F

from props.molecules import TASKS, MoleculeData
from props.multitask import MultiTaskRegressor


class Session:
    def __init__(self, **overrides):
        self.csv = "molecules.csv"
        self.lr = 4e-4
        self.batch_size = 100
        self.epochs = 70
        self.max_norm = 1.0
        self.__dict__.update(overrides)


def descend(model, x, y, optimizer, max_norm):
    optimizer.zero_grad()
    loss = F.smooth_l1_loss(model(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--save", default="props.pt")
    save_to = parser.parse_args().save
    session = Session()
    torch.manual_seed(6)
    data = MoleculeData(session.csv, session.batch_size)
    model = MultiTaskRegressor(data.n_descriptors, TASKS)
    print(model.n_parameters, "parameters")
    optimizer = torch.optim.AdamW(model.parameters(), lr=session.lr)
    for epoch in range(session.epochs):
        model.train()
        losses = [descend(model, x, y, optimizer, session.max_norm) for x, y in data.train_loader()]
        model.eval()
        with torch.no_grad():
            errors = torch.cat([(model(x) - y).abs() for x, y in data.test_loader()]).mean(dim=0)
        print(epoch, sum(losses) / len(losses), dict(zip(TASKS, errors.tolist())))
    model.save(save_to)


if __name__ == "__main__":
    main()
