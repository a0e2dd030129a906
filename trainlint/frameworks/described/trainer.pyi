"""The Trainer of Coqui (trainer 0.0.x, coqui-tts-trainer 0.x): loops over a model's own steps, by a config's options."""

import importlib
from dataclasses import dataclass, field

import torch
from coqpit import Coqpit
from torch import nn

@dataclass
class TrainerArgs(Coqpit):
    continue_path: str = ""
    restore_path: str = ""
    best_path: str = ""
    use_ddp: bool = False
    use_accelerate: bool = False
    grad_accum_steps: int = 1
    overfit_batch: bool = False
    skip_train_epoch: bool = False
    start_with_eval: bool = False
    small_run: int = None
    gpu: int = None
    rank: int = 0
    group_id: str = ""

@dataclass
class TrainerConfig(Coqpit):
    output_path: str = "output"
    run_name: str = "run"
    run_eval: bool = True
    run_eval_steps: int = None
    mixed_precision: bool = False
    precision: str = "fp16"
    epochs: int = 1000
    batch_size: int = 32
    eval_batch_size: int = 16
    grad_clip: float = 0.0
    scheduler_after_epoch: bool = True
    lr: float = 0.001
    optimizer: str = None
    optimizer_params: dict = field(default_factory=dict)
    lr_scheduler: str = None
    lr_scheduler_params: dict = field(default_factory=dict)
    use_grad_scaler: bool = False
    training_seed: int = 54321

class TrainerModel(nn.Module):
    def format_batch(self, batch):
        return batch

    def format_batch_on_device(self, batch):
        return batch

    def train_log(self, *args, **kwargs):
        raise NotImplementedError

    def eval_log(self, *args, **kwargs):
        raise NotImplementedError

    def test_run(self, *args, **kwargs):
        raise NotImplementedError

    def optimize(self, *args, **kwargs):
        raise NotImplementedError

    def get_optimizer(self):
        raise NotImplementedError

    def get_lr(self):
        raise NotImplementedError

    def get_scheduler(self, optimizer):
        raise NotImplementedError

    def get_criterion(self):
        raise NotImplementedError

    def scaled_backward(self, loss, trainer, optimizer, *args, **kwargs):
        if trainer.use_amp_scaler:
            trainer.scaler.scale(loss).backward()
        else:
            loss.backward()

    def on_init_start(self, trainer):
        pass

    def on_init_end(self, trainer):
        pass

    def on_epoch_start(self, trainer):
        pass

    def on_epoch_end(self, trainer):
        pass

    def on_train_epoch_start(self, trainer):
        pass

    def on_train_epoch_end(self, trainer):
        pass

    def on_train_step_start(self, trainer):
        pass

    def on_train_step_end(self, trainer):
        pass

    def before_backward_pass(self, loss_dict, optimizer):
        pass

    def before_gradient_clipping(self):
        pass

def is_dist_avail_and_initialized():
    return False

def is_main_process():
    return True

def get_rank():
    return 0

def _elsewhere(*args, **kwargs):
    importlib.import_module("elsewhere").use(*args, **kwargs)

def _several(value):
    return value if isinstance(value, list) else [value]

class Trainer:
    def __init__(
        self,
        args,
        config=None,
        output_path=None,
        c_logger=None,
        dashboard_logger=None,
        model=None,
        get_model=None,
        get_data_samples=None,
        train_samples=None,
        eval_samples=None,
        test_samples=None,
        train_loader=None,
        eval_loader=None,
        training_assets=None,
        parse_command_line_args=True,
        callbacks=None,
        gpu=None,
        **kwargs,
    ):
        if not isinstance(args, TrainerArgs):  # another package's class of this name
            self.fit = _elsewhere(
                self, args, config, output_path, c_logger, model, train_loader, eval_loader, **kwargs
            )
            return
        self.args, self.config, self.output_path = args, config, output_path
        self.grad_accum_steps = args.grad_accum_steps
        self.training_assets = {} if training_assets is None else training_assets
        self.total_steps_done = self.epochs_done = 0
        self.use_cuda, self.num_gpus = torch.cuda.is_available(), torch.cuda.device_count()
        if get_data_samples is not None:
            train_samples, eval_samples = get_data_samples(config)
        self.train_samples, self.eval_samples = train_samples, eval_samples
        self.train_loader, self.eval_loader = train_loader, eval_loader
        self.model = model if model is not None else get_model(config)
        if config.mixed_precision and config.precision == "fp16":
            self.use_amp_scaler = self.use_cuda
        else:
            self.use_amp_scaler = config.use_grad_scaler
        self.criterion = self.get_criterion()
        self.model.on_init_start(self)
        self.optimizer = self.get_optimizer()
        self.scaler = torch.cuda.amp.GradScaler(enabled=self.use_amp_scaler)
        self.scheduler = self.get_scheduler()
        self.model.on_init_end(self)

    def get_criterion(self):
        try:
            return _several(self.model.get_criterion())
        except NotImplementedError:
            return [None]

    def get_optimizer(self):
        try:
            return _several(self.model.get_optimizer())
        except NotImplementedError:
            pass
        names, settings = self.config.optimizer, self.config.optimizer_params
        if isinstance(names, list):
            return [
                get_optimizer(name, settings[i], self.config.lr, self.model) for i, name in enumerate(names)
            ]
        return [get_optimizer(names, settings, self.config.lr, self.model)]

    def get_scheduler(self):
        try:
            return _several(self.model.get_scheduler(self.optimizer))
        except NotImplementedError:
            pass
        name, settings = self.config.lr_scheduler, self.config.lr_scheduler_params
        if name is None:
            return [None for _ in self.optimizer]
        return [get_scheduler(name, settings, each) for each in self.optimizer]

    def _loader(self, samples, is_eval):
        return self.model.get_data_loader(
            config=self.config,
            assets=self.training_assets,
            is_eval=is_eval,
            samples=samples,
            verbose=True,
            num_gpus=self.num_gpus,
            rank=self.args.rank,
        )

    def optimize(
        self, batch, optimizer, scaler, criterion, scheduler, *, optimizer_idx=None, step_optimizer=True
    ):
        given = [] if optimizer_idx is None else [optimizer_idx]
        with torch.autocast("cuda", enabled=self.config.mixed_precision):
            outputs, losses = self.model.train_step(batch, criterion, *given)
        clip = self.config.grad_clip
        if optimizer_idx is not None and isinstance(clip, list):
            clip = clip[optimizer_idx]
        self.model.before_backward_pass(losses, self.optimizer)
        loss = losses["loss"] / float(self.grad_accum_steps)
        if self.use_amp_scaler:
            scaler.scale(loss).backward()
        else:
            loss.backward()
        if step_optimizer:
            if clip > 0:
                if self.use_amp_scaler:
                    scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip)
            if self.use_amp_scaler:
                scaler.step(optimizer)
                scaler.update()
            else:
                optimizer.step()
            if scheduler is not None and not self.config.scheduler_after_epoch:
                scheduler.step()
            optimizer.zero_grad(set_to_none=True)
        return outputs, losses

    def train_step(self, batch, batch_n_steps, step, loader_start_time):
        self.model.on_train_step_start(self)
        batch = self.model.format_batch(batch)
        batch = self.model.format_batch_on_device(batch)
        try:
            with torch.autocast("cuda", enabled=self.config.mixed_precision):
                outputs, losses = self.model.optimize(batch, self)
        except NotImplementedError:
            outputs, losses = {}, {}
            ready = self.grad_accum_steps == 1 or (step + 1) % self.grad_accum_steps == 0
            for number, optimizer in enumerate(self.optimizer):
                outputs, losses = self.optimize(
                    batch,
                    optimizer,
                    self.scaler,
                    self.criterion[number],
                    self.scheduler[number],
                    optimizer_idx=number if len(self.optimizer) > 1 else None,
                    step_optimizer=ready,
                )
        self.model.on_train_step_end(self)
        return outputs, losses

    def train_epoch(self):
        if self.train_loader is None:
            self.train_loader = self._loader(self.train_samples, is_eval=False)
        self.model.train()
        self.model.on_train_epoch_start(self)
        for step, batch in enumerate(self.train_loader):
            self.train_step(batch, len(self.train_loader), step, 0.0)
            self.total_steps_done += 1
        self.model.on_train_epoch_end(self)
        if self.config.scheduler_after_epoch:
            for scheduler in self.scheduler:
                if scheduler is not None:
                    scheduler.step()

    @torch.no_grad()
    def eval_epoch(self):
        if self.eval_loader is None:
            self.eval_loader = self._loader(self.eval_samples, is_eval=True)
        self.model.eval()
        for batch in self.eval_loader:
            batch = self.model.format_batch(batch)
            batch = self.model.format_batch_on_device(batch)
            for number in range(len(self.optimizer)):
                given = [number] if len(self.optimizer) > 1 else []
                self.model.eval_step(batch, self.criterion[number], *given)

    def fit(self):
        for _ in range(self.config.epochs):
            self.model.on_epoch_start(self)
            if not self.args.skip_train_epoch:
                self.train_epoch()
            if self.config.run_eval:
                self.eval_epoch()
            self.epochs_done += 1
            self.model.on_epoch_end(self)

def get_optimizer(optimizer_name, optimizer_params, lr, model=None, parameters=None):
    if optimizer_name.lower() == "radam":
        kind = importlib.import_module("TTS.utils.radam").RAdam
    else:
        kind = getattr(torch.optim, optimizer_name)
    return kind(model.parameters() if model is not None else parameters, lr=lr, **optimizer_params)

def get_scheduler(lr_scheduler, lr_scheduler_params, optimizer):
    if lr_scheduler is None:
        return None
    if lr_scheduler.lower() == "noamlr":
        return NoamLR(optimizer, **lr_scheduler_params)
    return getattr(torch.optim.lr_scheduler, lr_scheduler)(optimizer, **lr_scheduler_params)

class NoamLR(torch.optim.lr_scheduler.LRScheduler):
    def __init__(self, optimizer, warmup_steps=0.1, last_epoch=-1):
        self.warmup_steps = float(warmup_steps)
        super().__init__(optimizer, last_epoch)

def get_last_checkpoint(path):
    return path, path
