"""fastai: a Learner that hides the loop, its data loaders, optimizers, losses, callbacks and ready networks."""

from __future__ import annotations

from trainlint.frameworks.fastai import bunches, callbacks, data, learner, learners, losses, optimizing
from trainlint.frameworks.fastai.library import LIBRARY

__all__ = ["LIBRARY", "bunches", "callbacks", "data", "learner", "learners", "losses", "optimizing"]
