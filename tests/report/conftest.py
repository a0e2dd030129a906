"""The project with one fault of the command line's tests."""

from tests.cli.conftest import project, trainlint

__all__ = ["project", "trainlint"]
