import sys

import torch
import torch.nn.functional as F
import yaml
from torch.utils.data import DataLoader

from .encoder import TopicClassifier
from .reading import Abstracts


def micro_f1(model, loader, device):
    model.eval()
    tp = fp = fn = 0
    with torch.no_grad():
        for ids, hot in loader:
            guess = model(ids.to(device)).cpu() > 0
            truth = hot > 0.5
            tp += (guess & truth).sum().item()
            fp += (guess & ~truth).sum().item()
            fn += (~guess & truth).sum().item()
    return 2 * tp / max(1, 2 * tp + fp + fn)


def run(config):
    torch.manual_seed(8)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    o = config["optimisation"]
    tok = config["tokenizer"]
    make = lambda part: Abstracts(config["corpus"], part, config["num_topics"], **tok)
    train = DataLoader(make("train"), batch_size=o["batch_size"], shuffle=True, drop_last=True)
    dev = DataLoader(make("dev"), batch_size=64)
    model = TopicClassifier(tok["vocab_size"], config["num_topics"], **config["encoder"]).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=o["lr"], betas=tuple(o["betas"]), weight_decay=o["weight_decay"]
    )
    every = o["accumulate"]
    for epoch in range(o["epochs"]):
        model.train()
        optimizer.zero_grad()
        shown = 0.0
        for n, (ids, hot) in enumerate(train):
            logits = model(ids.to(device))
            loss = F.binary_cross_entropy_with_logits(logits, hot.to(device))
            (loss / every).backward()
            shown += loss.item()
            if (n + 1) % every == 0 or n + 1 == len(train):
                torch.nn.utils.clip_grad_norm_(model.parameters(), o["max_grad_norm"])
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: loss {shown / len(train):.4f} f1 {micro_f1(model, dev, device):.3f}")


if __name__ == "__main__":
    with open(sys.argv[1] if len(sys.argv) > 1 else "experiment.yaml") as fh:
        run(yaml.safe_load(fh))
