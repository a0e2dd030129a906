"""PyTorch Lightning and Lightning Fabric: modules, data modules, trainers, callbacks, and loops through Fabric."""

from __future__ import annotations

from trainlint.frameworks.lightning import callbacks, data, fabric, module, small, streaming, trainer
from trainlint.frameworks.lightning.library import LIBRARY

__all__ = ["LIBRARY", "callbacks", "data", "fabric", "module", "small", "streaming", "trainer"]
