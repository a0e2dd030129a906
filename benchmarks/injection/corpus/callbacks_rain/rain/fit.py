import contextlib
import time

import torch


@contextlib.contextmanager
def timed(label):
    start = time.perf_counter()
    yield
    print(f"{label}: {time.perf_counter() - start:.1f}s")


class Fitter:
    def __init__(self, net, optimizer, loss_fn, callbacks=()):
        self.net, self.optimizer, self.loss_fn = net, optimizer, loss_fn
        self.callbacks = list(callbacks)
        self.stop = False

    def emit(self, event, *args):
        for callback in self.callbacks:
            getattr(callback, event)(self, *args)

    def learn(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.net(x), y)
        loss.backward()
        self.emit("before_step")
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def measure(self, loader):
        self.net.eval()
        return sum(self.loss_fn(self.net(x), y).item() for x, y in loader) / len(loader)

    def run(self, train, valid, epochs):
        for epoch in range(epochs):
            with timed(f"epoch {epoch}"):
                self.net.train()
                total = sum(self.learn(x, y) for x, y in train)
            metrics = {"train": total / len(train), "valid": self.measure(valid)}
            self.emit("after_epoch", metrics)
            if self.stop:
                break
