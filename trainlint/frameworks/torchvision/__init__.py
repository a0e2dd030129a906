"""torchvision (transforms v1 and v2, data sets, models) and the readers of pictures that feed it."""

from trainlint.frameworks.torchvision import (  # noqa: F401 - they register
    datasets,
    detecting,
    detectors,
    features,
    images,
    losses,
    models,
    residual,
    retina,
    segmenting,
    transforms,
)
from trainlint.frameworks.torchvision.library import LIBRARY

__all__ = ["LIBRARY"]
