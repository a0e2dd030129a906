"""The scikit-learn library object. Metrics only look at their arguments."""

from trainlint.semantics.library import TableLibrary

LIBRARY = TableLibrary(
    "sklearn",
    usual={
        "train_test_split": "sklearn.model_selection.train_test_split",
        "StandardScaler": "sklearn.preprocessing.StandardScaler",
        "MinMaxScaler": "sklearn.preprocessing.MinMaxScaler",
        "LabelEncoder": "sklearn.preprocessing.LabelEncoder",
    },
    observers=("sklearn.metrics", "sklearn.utils"),
)
