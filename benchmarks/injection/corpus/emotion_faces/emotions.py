import random
from functools import partial

import numpy as np
import torch
from torch import nn, optim
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from blocks import *
from hparams import *

OPTIMIZERS = {
    "adamw": partial(optim.AdamW, weight_decay=DECAY),
    "sgd": partial(optim.SGD, momentum=0.9, nesterov=True),
}

random.seed(1)
np.random.seed(1)
torch.manual_seed(1)

to_input = [transforms.Grayscale(), transforms.Resize((IMAGE, IMAGE))]
finish = [transforms.ToTensor(), transforms.Normalize([0.5], [0.25])]
train_data = datasets.ImageFolder(ROOT + "train", transforms.Compose(to_input + [transforms.RandomHorizontalFlip()] + finish))
test_data = datasets.ImageFolder(ROOT + "test", transforms.Compose(to_input + finish))
loaders = {
    "train": DataLoader(train_data, batch_size=BATCH, shuffle=True, num_workers=2, drop_last=True),
    "test": DataLoader(test_data, batch_size=BATCH, num_workers=2),
}

net = nn.Sequential(stack(CHANNELS), Head(CHANNELS[-1], len(CLASSES), DROPOUT))
averaged = AveragedModel(net)
net = net.to("cuda" if torch.cuda.is_available() else "cpu")
optimizer = OPTIMIZERS[OPTIMIZER](net.parameters(), lr=BASE_RATE)
warmup = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=WARMUP)
losses = {"label": nn.CrossEntropyLoss()}

for epoch in range(EPOCHS):
    for phase in ("train", "test"):
        training = phase == "train"
        net.train(training)
        right, seen, running = 0, 0, 0.0
        for images, labels in loaders[phase]:
            if training:
                optimizer.zero_grad()
            with torch.set_grad_enabled(training):
                scores = net(images)
                loss = losses["label"](scores, labels)
            if training:
                loss.backward()
                optimizer.step()
            running += loss.item() * len(labels)
            right += (scores.argmax(1) == labels).sum().item()
            seen += len(labels)
        print(f"{epoch} {phase}: loss {running / seen:.4f} accuracy {right / seen:.4f}")
    warmup.step()
    averaged.update_parameters(net)
torch.save(averaged.module.state_dict(), "emotions.pt")
