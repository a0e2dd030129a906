"""How networks are evaluated: in which mode, and whether a graph is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trainlint.facts.evaluation import Evaluation, evaluations, unfollowed
from trainlint.facts.events import EventKind
from trainlint.facts.graph import WEIGHTED, ModuleCall
from trainlint.facts.program import Program
from trainlint.facts.updates import of_training
from trainlint.report.facts.layers import is_fixed_layer

Flag = bool | None


def modes(program: Program) -> dict[str, Flag]:
    """eval_mode: networks are in evaluation mode, no_grad_eval: no graph is built, whenever they are evaluated; None where
    nothing is evaluated, or it is not known."""
    found = _of_networks(evaluations(program))
    return {
        "eval_mode": _answer(_apart(program, found), _training_off),
        "no_grad_eval": _no_graph(program, found),
    }


def _of_networks(found: Sequence[Evaluation]) -> Sequence[Evaluation]:
    """Those of networks with layers, if there are any: a loss with parameters of its own is called beside its network, in
    whatever mode, and so is a single layer that learns nothing."""
    networks = [
        e for e in found if any(m.op in WEIGHTED for m in e.module.walk()) and not is_fixed_layer(e.module)
    ]
    return networks or found


def _answer(found: Sequence[Evaluation], flag: Callable[[Evaluation], Flag]) -> Flag:
    """For the evaluations whose results are measured, or made when training is over; others can only affirm.

    A network of which it is not known whether the program trains it (a transform of the data, with parts that were not
    seen) says nothing beside one that it trains.
    """
    figures = [e for e in found if e.measured or e.produced]
    trained = [e for e in figures if e.trained]
    if trained or figures:
        return _all_of(flag(e) for e in trained or figures)
    return True if found and all(flag(e) for e in found) else None


def _apart(program: Program, found: Sequence[Evaluation]) -> Sequence[Evaluation]:
    """Those outside of the loops that make updates, where there are any: passes without a graph among the updates prepare
    them (initialise by data, make targets), in the mode of training."""
    loops = {id(step.loop) for step in of_training(program, EventKind.STEP) if step.loop is not None}
    apart = [e for e in found if e.event.loop is None or id(e.event.loop) not in loops]
    return apart if any(e.measured or e.produced for e in apart) else found


def _training_off(evaluation: Evaluation) -> Flag:
    training = evaluation.training
    if training is True and (evaluation.trained is None or evaluation.module.escaped):
        return None  # it may be no network that is trained, or what it went into may have called eval()
    return None if training is None else not training


def _no_graph(program: Program, found: Sequence[Evaluation]) -> Flag:
    within: dict[int, list[ModuleCall]] = {}
    for call in program.calls:
        within.setdefault(id(call.parent), []).append(call)
    answer = _answer(found, lambda evaluation: _graph_off(evaluation, within))
    return None if answer and not any(e.measured for e in found) and unfollowed(program) else answer


def _graph_off(evaluation: Evaluation, within: dict[int, list[ModuleCall]]) -> Flag:
    enabled = evaluation.event.grad_enabled
    call = evaluation.event.options.get("call")
    if not enabled or not isinstance(call, ModuleCall):
        return None if enabled is None else not enabled
    if any(node.attached for node in call.outputs):
        return False
    inner = within.get(id(call), [])  # forward() itself may be under no_grad()
    if inner and all(c.grad_enabled is False for c in inner):
        return True
    if any(c.grad_enabled and _has_weights(c) and any(n.attached for n in c.outputs) for c in inner):
        return False  # what comes out is detached, at the end of a graph
    learns = any(p.requires_grad for m in call.module.walk() for p in m.parameters.values())
    if call.outputs and not learns and evaluation.trained is None:
        return None  # what it holds was not seen
    return learns and bool(call.outputs)


def _has_weights(call: ModuleCall) -> bool:
    return any(p.requires_grad for m in call.module.walk() for p in m.parameters.values())


def _all_of(answers: Iterable[Flag]) -> Flag:
    """True if all are, False if one is not, None if one is not known or there is none."""
    seen = list(answers)
    if False in seen:
        return False
    return True if seen and None not in seen else None
