import torch
from torch import nn
from torch.utils.data import DataLoader

from tagger.conll import Alphabet, collate, encode
from tagger.model import Tagger
from tagger.settings import Settings


def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for words, chars, tags in loader:
            guess = model(words, chars).argmax(-1)
            known = tags != -100
            right += (guess[known] == tags[known]).sum().item()
            total += known.sum().item()
    return right / total


def main():
    torch.manual_seed(31)
    settings = Settings()
    words, chars, labels = Alphabet(), Alphabet(), Alphabet()
    train = encode(settings["train"], words, chars, labels)
    words.frozen = chars.frozen = labels.frozen = True
    dev = encode(settings["dev"], words, chars, labels)
    fit = settings.fit
    train_loader = DataLoader(train, batch_size=fit["batch_sentences"], shuffle=True, collate_fn=collate)
    dev_loader = DataLoader(dev, batch_size=128, collate_fn=collate)
    model = Tagger(len(words), len(chars), len(labels), **settings["network"])
    optimizer = settings.optimizer(model.parameters())
    criterion = nn.CrossEntropyLoss(ignore_index=-100)
    for epoch in range(fit["epochs"]):
        model.train()
        losses = []
        for w, c, t in train_loader:
            loss = criterion(model(w, c).transpose(1, 2), t)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), fit["max_grad_norm"])
            optimizer.step()
            losses.append(loss.item())
        print(f"{epoch}: loss {sum(losses) / len(losses):.4f} accuracy {accuracy(model, dev_loader):.4f}")


if __name__ == "__main__":
    main()
