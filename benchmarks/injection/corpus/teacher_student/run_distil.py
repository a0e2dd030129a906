"""Distil a fixed random teacher into a smaller student, on synthetic inputs."""
import torch
import yaml
from torch.utils.data import DataLoader, TensorDataset

from distil import perceptron, soft_targets_loss

with open("small.yaml") as f:
    cfg = yaml.load(f, Loader=yaml.FullLoader)

torch.manual_seed(0)
x = torch.randn(cfg["samples"], cfg["inputs"])
teacher = perceptron(cfg["inputs"], cfg["teacher"], cfg["classes"])
with torch.no_grad():
    answers = teacher(x)

n_train = int(0.9 * cfg["samples"])
train = DataLoader(TensorDataset(x[:n_train], answers[:n_train]), batch_size=cfg["training"]["batch"], shuffle=True)
student = perceptron(cfg["inputs"], cfg["student"], cfg["classes"])
optimizer = torch.optim.Adam(student.parameters(), lr=cfg["training"]["lr"])

for epoch in range(cfg["training"]["epochs"]):
    student.train()
    total = 0.0
    for inputs, logits in train:
        loss = soft_targets_loss(student(inputs), logits, cfg["training"]["temperature"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    student.eval()
    with torch.no_grad():
        agree = (student(x[n_train:]).argmax(1) == answers[n_train:].argmax(1)).float().mean().item()
    print(f"epoch {epoch}: loss {total / len(train):.4f}, agrees with the teacher {agree:.3f}")
