import torch
from churn import ChurnNet, Options
from churn.frame import CONTINUOUS, prepare
from torch.nn import BCEWithLogitsLoss
from torch.optim import AdamW
from torch.utils.data import DataLoader


def fit(o: Options) -> ChurnNet:
    torch.manual_seed(o.seed)
    train, test, cards = prepare(o.table, o.seed)
    loader = DataLoader(train, batch_size=o.rows_per_batch, shuffle=True, drop_last=True)
    held = DataLoader(test, batch_size=1024)

    net = ChurnNet(cards, len(CONTINUOUS), o.hidden, o.embed_dropout)
    criterion = BCEWithLogitsLoss()
    adamw = AdamW(net.parameters(), lr=o.rate, weight_decay=o.l2)

    for n in range(o.passes):
        net.train()
        summed = 0.0
        for cats, conts, y in loader:
            adamw.zero_grad()
            loss = criterion(net(cats, conts), y)
            loss.backward()
            adamw.step()
            summed += loss.item()

        net.eval()
        hits = 0
        with torch.no_grad():
            for cats, conts, y in held:
                hits += ((net(cats, conts) > 0).float() == y).sum().item()
        print(f"pass {n}: loss {summed / len(loader):.4f}, accuracy {hits / len(test):.3%}")
    return net


if __name__ == "__main__":
    model = fit(Options())
    torch.save(model.state_dict(), "churn.pt")
