"""scikit-learn, as far as training data flows through it: scaling, encoding, splitting, toy data sets, searches."""

from trainlint.frameworks.sklearn import datasets, preprocessing, searches, splitting  # noqa: F401 - they register
from trainlint.frameworks.sklearn.library import LIBRARY

__all__ = ["LIBRARY"]
