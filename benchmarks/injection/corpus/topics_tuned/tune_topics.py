import tomllib

import pandas as pd
import torch
from encoder import load
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup


def main():
    with open("options.toml", "rb") as file:
        options = tomllib.load(file)
    torch.manual_seed(8)
    tokenizer, model = load(options["model"]["name"], options["model"]["labels"])
    training = options["training"]
    rows = pd.read_csv("topics.csv").to_dict("records")

    def collate(batch):
        encoded = tokenizer([r["text"] for r in batch], padding=True, truncation=True, return_tensors="pt")
        encoded["labels"] = torch.tensor([r["topic"] for r in batch])
        return encoded

    loader = DataLoader(rows, batch_size=training["batch"], shuffle=True, collate_fn=collate)
    optimizer = torch.optim.AdamW(model.parameters(), lr=training["rate"])
    schedule = get_linear_schedule_with_warmup(optimizer, 100, len(loader) * training["epochs"])
    for epoch in range(training["epochs"]):
        model.train()
        for batch in loader:
            optimizer.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        model.save_pretrained(f"topics-{epoch}")


if __name__ == "__main__":
    main()
