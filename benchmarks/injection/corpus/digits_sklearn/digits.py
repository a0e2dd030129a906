import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import BatchNorm1d, CrossEntropyLoss, Dropout, Linear, ReLU, Sequential
from torch.optim import SGD

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.data, dtype=torch.float32) / 16.0
labels = torch.tensor(digits.target)
train_x, test_x, train_y, test_y = train_test_split(images, labels, test_size=0.3, random_state=0)

network = Sequential(
    Linear(64, 128, bias=False),
    BatchNorm1d(128),
    ReLU(),
    Dropout(0.2),
    Linear(128, 64),
    ReLU(),
    Linear(64, 10),
)
objective = CrossEntropyLoss()
descent = SGD(network.parameters(), lr=0.05, momentum=0.9)
BATCH = 64

for epoch in range(40):
    network.train()
    order = torch.randperm(len(train_x))
    running_loss = 0.0
    for start in range(0, len(order), BATCH):
        index = order[start:start + BATCH]
        descent.zero_grad()
        value = objective(network(train_x[index]), train_y[index])
        value.backward()
        descent.step()
        running_loss += value.item() * len(index)
    network.eval()
    with torch.no_grad():
        accuracy = (network(test_x).argmax(1) == test_y).float().mean().item()
    print(f"epoch {epoch}: loss {running_loss / len(train_x):.4f} accuracy {accuracy:.4f}")
