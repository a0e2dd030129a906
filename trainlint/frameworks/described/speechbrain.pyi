"""SpeechBrain (1.0): the Brain, whose `fit()` runs the loop over a recipe's own steps, by settings of its hyperparameters.

speechbrain/core.py (run_opt_defaults, fit_batch, optimizers_step), https://speechbrain.readthedocs.io/en/latest/API/speechbrain.core.html
"""

from enum import Enum, auto
from types import SimpleNamespace

import torch
from torch.utils.data import DataLoader

class Stage(Enum):
    TRAIN = auto()
    VALID = auto()
    TEST = auto()

_DEFAULTS = {
    "device": "cpu",
    "precision": "fp32",
    "eval_precision": "fp32",
    "max_grad_norm": 5.0,
    "grad_accumulation_factor": 1,
    "nonfinite_patience": 3,
    "noprogressbar": False,
}

def parse_arguments(arg_list=None):
    return arg_list[0], {}, ""

def create_experiment_directory(*args, **kwargs):
    pass

class Brain:
    def __init__(self, modules=None, opt_class=None, hparams=None, run_opts=None, checkpointer=None):
        given = {**_DEFAULTS, **(hparams or {}), **(run_opts or {})}
        self.device, self.precision = given["device"], given["precision"]
        self.max_grad_norm = given["max_grad_norm"]
        self.grad_accumulation_factor = given["grad_accumulation_factor"]
        self.opt_class, self.checkpointer = opt_class, checkpointer
        self.modules = torch.nn.ModuleDict(modules).to(self.device)
        if hparams is not None:
            self.hparams = SimpleNamespace(**hparams)
        self.optimizers_dict = None
        self.step = self.optimizer_step = 0
        self.scaler = torch.cuda.amp.GradScaler(enabled=self.precision == "fp16")

    def compute_forward(self, batch, stage):
        raise NotImplementedError

    def compute_objectives(self, predictions, batch, stage):
        raise NotImplementedError

    def on_stage_start(self, stage, epoch=None):
        pass

    def on_stage_end(self, stage, stage_loss, epoch=None):
        pass

    def on_fit_start(self):
        self.init_optimizers()

    def on_fit_batch_start(self, batch, should_step):
        pass

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        pass

    def on_evaluate_start(self, max_key=None, min_key=None):
        pass

    def init_optimizers(self):
        if self.opt_class is not None:
            self.optimizer = self.opt_class(self.modules.parameters())
            self.optimizers_dict = {"opt_class": self.optimizer}

    def zero_grad(self, set_to_none=False):
        for optimizer in self.optimizers_dict.values():
            optimizer.zero_grad(set_to_none=set_to_none)

    def freeze_optimizers(self, optimizers):
        return optimizers

    def make_dataloader(self, dataset, stage, ckpt_prefix="dataloader-", **loader_kwargs):
        return DataLoader(dataset, **loader_kwargs)

    def optimizers_step(self):
        for optimizer in self.freeze_optimizers(self.optimizers_dict).values():
            self.scaler.unscale_(optimizer)
        if self.max_grad_norm > 0.0:
            torch.nn.utils.clip_grad_norm_(self.modules.parameters(), self.max_grad_norm)
        for optimizer in self.freeze_optimizers(self.optimizers_dict).values():
            self.scaler.step(optimizer)
        self.scaler.update()
        for optimizer in self.optimizers_dict.values():
            optimizer.zero_grad(set_to_none=True)
        self.optimizer_step += 1

    def fit_batch(self, batch):
        should_step = self.step % self.grad_accumulation_factor == 0
        self.on_fit_batch_start(batch, should_step)
        if self.precision == "fp32":
            outputs = self.compute_forward(batch, Stage.TRAIN)
            loss = self.compute_objectives(outputs, batch, Stage.TRAIN)
        else:
            with torch.autocast("cuda"):
                outputs = self.compute_forward(batch, Stage.TRAIN)
                loss = self.compute_objectives(outputs, batch, Stage.TRAIN)
        self.scaler.scale(loss / self.grad_accumulation_factor).backward()
        if should_step:
            self.optimizers_step()
        self.on_fit_batch_end(batch, outputs, loss, should_step)
        return loss.detach().cpu()

    def evaluate_batch(self, batch, stage):
        outputs = self.compute_forward(batch, stage=stage)
        loss = self.compute_objectives(outputs, batch, stage=stage)
        return loss.detach().cpu()

    def update_average(self, loss, avg_loss):
        return float(loss)

    def fit(
        self,
        epoch_counter,
        train_set,
        valid_set=None,
        progressbar=None,
        train_loader_kwargs={},
        valid_loader_kwargs={},
    ):
        if not isinstance(train_set, DataLoader):
            train_set = self.make_dataloader(train_set, stage=Stage.TRAIN, **train_loader_kwargs)
        if valid_set is not None and not isinstance(valid_set, DataLoader):
            valid_set = self.make_dataloader(
                valid_set, stage=Stage.VALID, ckpt_prefix=None, **valid_loader_kwargs
            )
        self.on_fit_start()
        for epoch in epoch_counter:
            self.on_stage_start(Stage.TRAIN, epoch)
            self.modules.train()
            for number, batch in enumerate(train_set):
                self.step = number + 1
                self.avg_train_loss = self.fit_batch(batch)
            self.on_stage_end(Stage.TRAIN, float(self.avg_train_loss), epoch)
            if valid_set is not None:
                self.on_stage_start(Stage.VALID, epoch)
                self.modules.eval()
                avg_valid_loss = 0.0
                with torch.no_grad():
                    for batch in valid_set:
                        avg_valid_loss = self.evaluate_batch(batch, stage=Stage.VALID)
                    self.on_stage_end(Stage.VALID, float(avg_valid_loss), epoch)

    def evaluate(self, test_set, max_key=None, min_key=None, progressbar=None, test_loader_kwargs={}):
        if not isinstance(test_set, DataLoader):
            test_set = self.make_dataloader(test_set, Stage.TEST, ckpt_prefix=None, **test_loader_kwargs)
        self.on_evaluate_start(max_key=max_key, min_key=min_key)
        self.on_stage_start(Stage.TEST, epoch=None)
        self.modules.eval()
        avg_test_loss = 0.0
        with torch.no_grad():
            for batch in test_set:
                avg_test_loss = self.evaluate_batch(batch, stage=Stage.TEST)
            self.on_stage_end(Stage.TEST, float(avg_test_loss), None)
        return avg_test_loss
