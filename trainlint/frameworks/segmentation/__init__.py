"""segmentation_models_pytorch: networks and losses for masks. Defaults are those of version 0.6."""

from __future__ import annotations

from trainlint.frameworks.segmentation import losses, networks
from trainlint.frameworks.segmentation.library import LIBRARY

__all__ = ["LIBRARY", "losses", "networks"]
