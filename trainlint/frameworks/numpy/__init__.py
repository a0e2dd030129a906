"""numpy, as far as training data flows through it."""

from trainlint.frameworks.numpy import functions, random  # noqa: F401 - they register their functions
from trainlint.frameworks.numpy.library import LIBRARY

__all__ = ["LIBRARY"]
