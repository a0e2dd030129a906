"""flashy (0.0.2): a solver whose `run()` is written by the program, over stages that the solver runs and epochs that it counts.

https://github.com/facebookresearch/flashy (solver, logging, utils)
"""

import flashy_unseen as outside

def setup_logging(**kwargs):
    return None

def averager(beta=1):
    def update(metrics, weight=1):
        return metrics
    return update

class Formatter:
    def __init__(self, formats=None, **kwargs):
        self.formats = formats

class BaseSolver:
    def __init__(self):
        self.xp = outside.xp()
        self.history = []
        self.logger = outside.logger()
        self.result_logger = outside.result_logger()
        self.folder = outside.folder()
        self.checkpoint_path = outside.checkpoint_path()
        self._current_stage = None

    @property
    def epoch(self):
        return len(self.history) + 1

    @property
    def current_stage(self):
        return self._current_stage

    @property
    def formatter(self):
        return self.get_formatter(self._current_stage)

    def get_formatter(self, stage_name):
        return Formatter()

    def init_tensorboard(self, **kwargs):
        return None

    def init_wandb(self, **kwargs):
        return None

    def log_progress(self, stage_name, iterable, total=None, updates=5):
        return iterable

    def log_hyperparams(self, params, metrics=None):
        return None

    def log_metrics(self, stage_name, metrics, formatter=None):
        return None

    def log_audio(self, stage_name, key, audio, sample_rate, **kwargs):
        return None

    def log_image(self, stage_name, key, image, **kwargs):
        return None

    def log_text(self, stage_name, key, text, **kwargs):
        return None

    def register_stateful(self, *args, write_only=False):
        return None

    def state_dict(self):
        return outside.state_dict()

    def load_state_dict(self, state):
        return None

    def commit(self, save_checkpoint=True):
        self.history.append({})

    def restore(self):
        return False

    def run_stage(self, stage_name, method, *args, **kwargs):
        self._current_stage = stage_name
        metrics = method(*args, **kwargs)
        self._current_stage = None
        return metrics

    def run(self):
        return None
