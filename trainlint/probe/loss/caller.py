"""The user's loss as a function of prediction and target: constructing it, and the order and names of its arguments."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

from trainlint.probe.loss.kinds import CLASSES
from trainlint.probe.loss.target import LossTarget

TARGETS = frozenset(
    {"target", "targets", "y_true", "true", "label", "labels", "gt", "ground_truth", "truth", "y"}
)
PREDICTIONS = frozenset(
    {"pred", "preds", "prediction", "predictions", "y_pred", "output", "outputs", "input", "inputs", "logits", "logit", "x", "y_hat",
     "yhat", "probs", "prob", "scores"}
)  # fmt: skip
COUNTS = frozenset(
    {"num_classes", "n_classes", "classes", "num_class", "n_class", "nclasses", "num_labels", "class_num"}
)
"""Names of arguments that hold the number of classes."""


class CannotCall(Exception):  # noqa: N818 - a matter of usage
    """The loss cannot be made or called; the text says what it needs."""


class Callee:
    """A loss ready to be called. parameters: its own, which are trained along. order: of the arguments, in words."""

    def __init__(self, call: Callable[..., Any], notes: list[str]) -> None:
        self._call = call
        self.notes = notes
        self.swapped, self.single, self.keywords = _shape(call)
        if self.swapped:
            notes.append("called as loss(target, prediction), by the names of its arguments")
        if self.single:
            notes.append("called with the prediction alone")

    def __call__(self, prediction: Any, target: Any) -> Any:
        """The loss's value."""
        if self.single:
            return self._call(prediction, **self.keywords)
        pair = (target, prediction) if self.swapped else (prediction, target)
        return self._call(*pair, **self.keywords)

    @property
    def parameters(self) -> list[Any]:
        """Trainable tensors of the loss itself."""
        found = getattr(self._call, "parameters", None)
        return [p for p in found() if p.requires_grad] if callable(found) else []


def load(target: LossTarget) -> Callee:
    """Import the user's file and make the loss. Executes it.

    Raises:
        CannotCall: there is no such name, or it needs arguments that are not known.
    """
    module = _import(target)
    found: Any = module
    for part in target.name.split("."):
        if not hasattr(found, part):
            names = sorted(n for n, v in vars(module).items() if callable(v) and not n.startswith("_"))
            raise CannotCall(
                f"{target.name!r} is not there; it has {', '.join(names[:10]) or 'nothing to call'}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise CannotCall(f"{target.name} is a {type(found).__name__}, which cannot be called")
    notes: list[str] = []
    if target.called:
        found = _made(found, target.name, target.arguments, target.keywords)
    elif inspect.isclass(found):
        found = _made(found, target.name, (), _known(found, target.name, notes))
    if not callable(found):
        raise CannotCall(f"{target.name}(...) gives a {type(found).__name__}, which cannot be called")
    return Callee(found, notes)


def _import(target: LossTarget) -> Any:
    for directory in (os.getcwd(), os.path.dirname(target.file)):
        if directory and directory not in sys.path:
            sys.path.insert(0, directory)
    if target.module:
        return importlib.import_module(target.module)
    name = os.path.splitext(os.path.basename(target.file))[0]
    package = os.path.dirname(target.file)
    while os.path.isfile(os.path.join(package, "__init__.py")):  # relative imports need the package's name
        name, package = f"{os.path.basename(package)}.{name}", os.path.dirname(package)
    if "." in name:
        sys.path.insert(0, package)
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, target.file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _made(found: Any, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    try:
        return found(*arguments, **keywords)
    except Exception as error:
        raise CannotCall(f"{name}(...) raises {type(error).__name__}: {error}") from error


def _known(found: Any, name: str, notes: list[str]) -> dict[str, Any]:
    """Values for a constructor's required arguments, where their names say what they are."""
    given, unknown = {}, []
    for parameter in _required(found):
        if parameter.name in COUNTS:
            given[parameter.name] = CLASSES
            notes.append(f"{parameter.name}={CLASSES}")
        else:
            unknown.append(parameter.name)
    if unknown:
        example = f"{name}({', '.join(f'{word}=...' for word in unknown)})"
        raise CannotCall(f"{name} needs {', '.join(unknown)}: give them, as in --loss 'FILE.py:{example}'")
    return given


def _shape(call: Callable[..., Any]) -> tuple[bool, bool, dict[str, Any]]:
    """Whether the target comes first, whether there is no target, and keywords to give along."""
    inner = getattr(call, "forward", call) if hasattr(call, "register_forward_hook") else call
    required = _required(inner)
    keywords = {p.name: CLASSES for p in required[1:] if p.name in COUNTS}
    left = [p for p in required if p.name not in keywords]
    if len(left) > 2:
        raise CannotCall(
            f"the loss takes {', '.join(p.name for p in left)}: what to give besides prediction and target is not known"
        )
    names = [p.name for p in _positional(inner)]
    if len(names) == 1 and not _takes_any(inner):
        return False, True, keywords
    swapped = len(names) >= 2 and names[0] in TARGETS and names[1] not in TARGETS
    swapped = swapped or (
        len(names) >= 2 and names[1] in PREDICTIONS and names[0] not in PREDICTIONS and names[0] in TARGETS
    )
    return swapped, False, keywords


def _parameters(found: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(found).parameters.values())
    except (TypeError, ValueError):  # built in C: nothing is known
        return []


def _positional(found: Any) -> list[inspect.Parameter]:
    return [p for p in _parameters(found) if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _required(found: Any) -> list[inspect.Parameter]:
    return [
        p
        for p in _parameters(found)
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]


def _takes_any(found: Any) -> bool:
    return any(p.kind is p.VAR_POSITIONAL for p in _parameters(found))
