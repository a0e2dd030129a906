"""Methods that say what they do even where the object is not known: `self.optimizer.step()`, `loss.backward()`.

The events that they leave have no target. They keep absence checks silent and never make a finding alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer
from trainlint.frameworks.torch import clip
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.collecting import cut
from trainlint.semantics.definitions import BoundMethod, FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


EVERY = "every"
"""Key of `run.memo`: where a library makes an update of every n-th step of whatever optimizer, that n, as a fact."""


def _step(run: Interpreter, args: Args) -> Value:
    """An optimizer's step takes nothing, or a closure; a scaler's takes the optimizer; a schedule's or environment's
    takes other things."""
    given = args.values()
    if len(given) == 1 and isinstance(given[0], Instance) and isinstance(given[0].data, Optimizer):
        run.event(EventKind.STEP, None, by="unknown scaler")
        return Const(None)
    closures = [v for v in given if isinstance(v, FunctionValue | BoundMethod)]
    if len(closures) == len(given):
        for closure in closures:
            run.call(closure, Args())
        counted = {"every": run.memo[EVERY]} if EVERY in run.memo else {}
        run.event(EventKind.STEP, None, by="unknown", closure=bool(closures), **counted)
    return Const(None)


def _zero_grad(run: Interpreter, args: Args) -> Value:
    run.event(EventKind.ZERO_GRAD, None, by="unknown")
    return Const(None)


def _backward(run: Interpreter, args: Args) -> Value:
    """`loss.backward()` of a loss that is not known; with a loss as its argument it is an escape."""
    if not args.positional:
        run.event(EventKind.BACKWARD, None, by="unknown")
    return Const(None)


def _clip_grad_norm(run: Interpreter, args: Args) -> Value:
    """`accelerator.clip_grad_norm_(parameters, max_norm)`."""
    given = args.bind("parameters", "max_norm")
    if len(given) == 2 and not args.open:
        clip.record(run, "norm", given["parameters"], given["max_norm"])
    return Const(None)


def _gradient(run: Interpreter, args: Args) -> Value:
    """`p.grad = None` and `p.grad.zero_()` of parameters that are not known."""
    run.event(EventKind.GRAD_CHANGE, None, by="unknown")
    return Const(None)


def _logged(run: Interpreter, args: Args) -> Value:
    """`logger.info(model)`, `writer.add_graph(model, batch)`: what is logged stays as it is."""
    return Unknown("what a logger returns")


def _split(run: Interpreter, args: Args) -> Value:
    """`data.split(32)`: with a number it is no text but a tensor that is cut into pieces, batches outside of networks."""
    size, *rest = args.positional or [Const(None)]
    if run.module_call is not None or rest or args.keywords or type(getattr(size, "value", None)) is not int:
        return Const(None)
    return cut(run, [Unknown("a piece of a tensor") for _ in range(2)], size)


_LOGS = (
    "info", "debug", "warning", "critical",
    "add_scalar", "add_scalars", "add_histogram", "add_image", "add_images", "add_figure", "add_text", "add_graph",
)  # fmt: skip
"""Methods of logging.Logger and of TensorBoard's SummaryWriter, which the loggers of projects have too."""

LIBRARY.unknown_methods.update(dict.fromkeys(_LOGS, _logged))
LIBRARY.unknown_methods["split"] = _split
LIBRARY.unknown_assignments["grad"] = _gradient
LIBRARY.unknown_methods.update(
    {
        "zero_": _gradient,
        "step": _step,
        "zero_grad": _zero_grad,
        "backward": _backward,
        "clip_grad_norm_": _clip_grad_norm,
    }
)
