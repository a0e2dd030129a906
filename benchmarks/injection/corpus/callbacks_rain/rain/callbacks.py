from torch.nn.utils import clip_grad_norm_


class Callback:
    def before_step(self, fitter):
        pass

    def after_epoch(self, fitter, metrics):
        pass


class GradientClipping(Callback):
    def __init__(self, limit):
        self.limit = limit

    def before_step(self, fitter):
        clip_grad_norm_(fitter.net.parameters(), self.limit)


class EarlyStopping(Callback):
    def __init__(self, patience):
        self.patience, self.best, self.bad = patience, float("inf"), 0

    def after_epoch(self, fitter, metrics):
        if metrics["valid"] < self.best - 1e-4:
            self.best, self.bad = metrics["valid"], 0
        else:
            self.bad += 1
            fitter.stop = self.bad >= self.patience


class History(Callback):
    def __init__(self):
        self.rows = []

    def after_epoch(self, fitter, metrics):
        self.rows.append(metrics)
        print({k: round(v, 4) for k, v in metrics.items()})
