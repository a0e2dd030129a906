"""optuna: a search calls its objective with a trial, whose choices are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("optuna", observers=("optuna",))
LIBRARIES = [LIBRARY]
_NONE = Const(None)


class TrialClass(LibraryClass):
    """optuna.Trial: what it suggests is one value of a range or list; one that has a single value is known."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "suggest_categorical":
            return Native(f"Trial.{name}", _chosen)
        if name.startswith("suggest_") or name == "should_prune":
            return Native(f"Trial.{name}", lambda r, args: Unknown(f"what a trial's {name}() gives"))
        if name in ("report", "set_user_attr", "set_system_attr"):
            return Native(f"Trial.{name}", lambda r, args: _NONE)
        return Unknown(f"trial.{name}")


def _chosen(run: Interpreter, args: Args) -> Value:
    choices = args.bind("name", "choices").get("choices")
    known = choices.iterate(run) if choices is not None else None
    if known is not None and known.exact and len(known.values) == 1:
        return known.values[0]
    return Unknown("what a trial chooses")


class StudyClass(LibraryClass):
    """optuna.Study: `optimize(objective)` calls it for every trial."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "optimize":
            return Native("Study.optimize", _optimize)
        if name in ("best_params", "best_value", "best_values"):
            return DictValue(open=True) if name == "best_params" else Unknown(f"study.{name}")
        if name in ("best_trial", "ask"):
            trial = Instance(TRIAL, run.here)
            return trial if name == "best_trial" else Native("Study.ask", lambda r, args: trial)
        if name in ("trials", "best_trials"):
            return ListValue([Instance(TRIAL, run.here)], open=True)
        return Native(f"Study.{name}", lambda r, args: Unknown(f"study.{name}()"))


TRIAL = TrialClass("optuna.Trial")
STUDY = StudyClass("optuna.Study")
for _name in ("optuna.trial.Trial", "optuna.trial.FixedTrial"):
    LIBRARY.entries[_name] = TRIAL
LIBRARY.add(TRIAL)
LIBRARY.add(STUDY, "optuna.study.Study")


def _optimize(run: Interpreter, args: Args) -> Value:
    objective = args.bind("func").get("func")
    if objective is not None:
        run.call(objective, Args([Instance(TRIAL, run.here)]))
    return _NONE


@LIBRARY.function(
    "optuna.create_study", "optuna.load_study", "optuna.study.create_study", "optuna.study.load_study"
)
def _study(run: Interpreter, args: Args) -> Value:
    return Instance(STUDY, run.here)
