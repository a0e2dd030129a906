"""Evaluating a file as a program: from its top, then what that did not reach, alone."""

from __future__ import annotations

import ast
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Graph
from trainlint.facts.program import Failure, Gap, Program
from trainlint.semantics import guards
from trainlint.semantics.alone import Place, Rest, call_with_symbols
from trainlint.semantics.budget import (
    FINISH_NODES,
    FINISH_STEPS,
    MAX_SECONDS,
    MAX_STEPS,
    MAX_STEPS_ALONE,
    MAX_STEPS_REHEARSED,
    MAX_STEPS_REST,
    SOFT_STEPS_ALONE,
    SOFT_STEPS_PLAIN,
    BudgetExceeded,
    Interrupted,
    OutOfTime,
)
from trainlint.semantics.definitions import FunctionValue, ModuleValue
from trainlint.semantics.handed_methods import run_handed
from trainlint.semantics.imports import prepare
from trainlint.semantics.interpreter import Interpreter
from trainlint.semantics.library import COMMAND_LINE, Library
from trainlint.semantics.loose_methods import gather
from trainlint.semantics.names import force
from trainlint.semantics.project import Project
from trainlint.semantics.reruns import costliest, flags_left, objectives_left, tried
from trainlint.semantics.scope import Frame, Lazy, Scope
from trainlint.semantics.scripts import ENTRIES, MOST_COMMANDS, is_script, takes_no_arguments
from trainlint.semantics.values import Value
from trainlint.semantics.worth import Patience, tells
from trainlint.source.python import PythonSource

RECURSION_LIMIT = 12_000
"""Python frames: about 20 for each level of calls and nesting of the evaluated program."""


class Evaluation:
    """One program under evaluation."""

    def __init__(
        self,
        project: Project,
        source: PythonSource,
        libraries: Sequence[Library],
        wanted: Collection[ast.AST] = (),
        left_out: Collection[ast.AST] = (),
    ) -> None:
        self.source = source
        self.program = Program(source.display)
        self.rest_until = MAX_STEPS_REST
        self.patience = Patience()
        self.exhausted = False  # the script's own run took all the steps, or nodes, that it may
        self.run = Interpreter(project, libraries, self.program)
        self.module = ModuleValue("__main__", source)
        self.run.modules[source.path] = self.module
        self.run.memo[guards.WANTED] = wanted
        self.run.left_out = frozenset(left_out)

    def whole(self) -> None:
        """Run the file from its top as `__main__`."""
        from trainlint.semantics.statements import execute_block

        run, module = self.run, self.module
        run.write(module.state, "started", True)
        gather(run, module)
        prepare(run, module, "__main__")
        self.attempt("__main__", MAX_STEPS, lambda: execute_block(run, self.source.tree.body))  # type: ignore[union-attr]

    def entry(self, skip: Collection[Place]) -> None:
        """Call `main()`, which an installed command calls, in a file that calls nothing by itself: that is its run. Where
        the command line names one of several commands, each is."""
        if not self.program.empty:
            return
        names = self.module.namespace
        commands = [n for n, v in names.items() if isinstance(v, FunctionValue) and "main" in v.state]
        for name in (*(() if is_script(self.source) else ENTRIES), *commands[:MOST_COMMANDS]):
            value = names.get(name)
            if (
                not isinstance(value, FunctionValue)
                or value.module is not self.module
                or not (takes_no_arguments(value) or self._takes_options(value))
            ):
                continue
            if value.node not in self.run.reached and (self.source.display, value.node.lineno) not in skip:
                self.attempt(name, MAX_STEPS, lambda v=value: call_with_symbols(self.run, v), value.node)  # type: ignore[misc]

    def _takes_options(self, function: FunctionValue) -> bool:
        """Whether all that it needs are the options of a command, which another function of the file declares."""
        needed = [a for a in function.node.args.args if a.arg not in function.defaults]
        if len(needed) != 1 or function.node.args.kwonlyargs:
            return False
        run = self.run
        run.push(Frame(self.module, Scope("module", None, self.module.namespace)), None)
        made = run.symbols.parameter(run, function, needed[0], False)
        run.pop()
        return id(made) in run.memo.get(COMMAND_LINE, ())

    @property
    def trains(self) -> bool:
        """Whether what was run so far trains, or makes an optimizer."""
        return bool(self.program.optimizers or self.program.events_of(EventKind.STEP, EventKind.BACKWARD))

    def fragment(self) -> bool:
        """Whether methods, or code of methods, stand outside of their class: all of the file is one thing then."""
        names = self.module.namespace
        functions = [
            v.node.args for v in names.values() if isinstance(v, FunctionValue) and v.module is self.module
        ]
        return "self" in names or any([a.arg for a in f.args[:1]] == ["self"] for f in functions)

    def alone(self, action: Callable[[], object]) -> None:
        """Run something in the place of the file's own statements: a document that stands for a program."""
        self.attempt("__main__", MAX_STEPS_ALONE, action)

    def rest(self, skip: Collection[Place], seen: Collection[Place] = ()) -> None:
        """Run the functions and classes of this file that nothing has reached, one by one.

        skip: definitions that scripts have reached. seen: those that other programs have run to their end.
        """
        self.rest_until = self.run.steps - self.run.imported + MAX_STEPS_REST
        Rest(self, skip, seen).execute()

    def rehearse(self) -> None:
        """Call what was built but never called, as far as a library knows how."""
        program = self.program
        before = len(program.calls)
        self.rest_until = max(self.rest_until, self.run.steps - self.run.imported + MAX_STEPS_REHEARSED)
        for library in self.run.libraries:
            offered = getattr(library, "rehearsals", None)
            for name, action in offered(self.run) if offered is not None else ():
                self.attempt(name, MAX_STEPS_ALONE, action)
        program.rehearsed.update(id(c.module) for c in program.calls[before:] if c.parent is None)

    def attempt(
        self, name: str, steps: int, action: Callable[[], object], node: ast.AST | None = None,
        soft: int | None = None,
    ) -> bool:  # fmt: skip
        """Run one root. Out of budget, or nested too deeply, it ends early and what it found stands.

        Returns False where it was given up as one that computes: it took long and had shown nothing of training.
        """
        run = self.run
        if steps == MAX_STEPS_ALONE and run.steps - run.imported > self.rest_until:
            self.program.gaps.append(Gap(name, "the file takes more steps than it may"))
            return True
        self.program.mark_start(name)
        run.root += 1
        plain = node is not None and self.source.tree is not None and not tells(self.source.tree, node)
        soft = soft or (SOFT_STEPS_PLAIN if plain else SOFT_STEPS_ALONE)
        alone = node is not None and steps != MAX_STEPS
        run.allow(steps if steps == MAX_STEPS else self.patience.limit(soft) if alone else soft, steps)
        run.push(Frame(self.module, Scope("module", None, self.module.namespace)), None)
        frames, active = list(run.frames), list(run.active)
        frame, reached, nodes = run.frame, len(run.reach_log), len(run.nodes_reached)
        try:
            action()
        except OutOfTime:
            self.program.complete = False
            run.program.gaps.append(Gap(name, f"the evaluation took longer than {MAX_SECONDS:.0f} s"))
        except BudgetExceeded:
            shown = run.showed_training()
            self.exhausted |= steps == MAX_STEPS
            if shown or steps == MAX_STEPS:
                self.program.complete = False
            if steps != MAX_STEPS:  # what it did not run to its end is still to be run alone
                run.reached_places.difference_update(run.reach_log[reached:])
                run.reached.difference_update(set(run.nodes_reached[nodes:]) - {node})
            run.program.gaps.append(Gap(name, "the evaluation took more steps than it may"))
            if alone:
                self.patience.told(soft, shown)
            return shown
        except RecursionError:
            self.program.complete = False
            run.program.gaps.append(Gap(name, "the program is nested too deeply"))
        except Exception as error:
            self.program.complete = False
            text = "".join(traceback.format_exception(error))
            self.program.failures.append(Failure(name, run.here, f"{type(error).__name__}: {error}", text))
        finally:
            run.frames, run.active, run.frame = frames, active, frame
            run.pop()
            run.passes, run.branches, run.module_call = (), (), None
            run.set_grad(True)
        if run.showed_training():
            self.patience.told(soft, True)
        return True

    def finish(self) -> None:
        """Let the libraries tie up what they know, and hand over the graph."""
        run = self.run
        run.max_nodes += FINISH_NODES
        run.allow(FINISH_STEPS, FINISH_STEPS)
        run.push(Frame(self.module, Scope("module", None, self.module.namespace)), None)
        for name, value in list(self.module.namespace.items()):
            force_known(run, self.module, name, value)
        for library in run.libraries:
            finish = getattr(library, "finish", None)
            if finish is not None:
                finish(run)
        run.pop()
        self.program.graph = Graph(run.nodes)
        self.program.steps = run.steps

    def release(self) -> None:
        """Undo what the program did to the modules that it shares with others. Its facts are not to be read after."""
        self.run.store.take(0)


def again(
    evaluation: Evaluation,
    project: Project,
    libraries: Sequence[Library],
    flags: Collection[ast.AST] = (),
    left_out: Collection[ast.AST] = (),
) -> Evaluation:
    """The same program from its top, with some of its flags set, or without following some of its functions."""
    evaluation.release()
    evaluation = Evaluation(project, evaluation.source, libraries, flags, left_out)
    evaluation.whole()
    return evaluation


def force_known(run: Interpreter, module: ModuleValue, name: str, value: Value) -> None:
    """Resolve an imported name if its module was evaluated anyway."""
    if isinstance(value, Lazy) and value.module.state.get("started"):
        force(run, module.namespace, name, value)


def evaluate_file(
    project: Project,
    source: PythonSource,
    libraries: Sequence[Library],
    skip: Collection[Place] = (),
    seen: Collection[Place] = (),
) -> Evaluation:
    """Evaluate a file and everything of it that its own run leaves out.

    Returns the evaluation, with its program and the definitions that it reached (`run.reached_places`); `release` it
    when the program's facts have been read. `skip` holds the definitions that scripts reached, `seen` those that other
    programs did.
    """
    started = time.thread_time()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    evaluation = Evaluation(project, source, libraries)
    try:
        if source.tree is not None:
            evaluation.whole()
            evaluation.entry(skip)
            without = costliest(evaluation)
            if without:
                evaluation = again(evaluation, project, libraries, left_out=without)
                evaluation.entry(skip)
            run_handed(evaluation)
            for flags in tried(flags_left(evaluation)):
                evaluation = again(evaluation, project, libraries, flags)
                if evaluation.trains:
                    break
            set_before = evaluation.run.memo[guards.WANTED]
            for flags in tried(objectives_left(evaluation)):
                evaluation = again(evaluation, project, libraries, (*set_before, *flags))
                if evaluation.program.events_of(EventKind.BACKWARD):
                    break
            evaluation.rehearse()  # what the script builds, before parts of it are run alone
            if not evaluation.fragment():
                evaluation.program.mark_own_run()
            evaluation.rest(skip, seen)
            evaluation.rehearse()
            evaluation.finish()
    except Interrupted:
        evaluation.release()  # the modules that it shares with others are as they were
        raise
    finally:
        sys.setrecursionlimit(limit)
    evaluation.program.seconds = time.thread_time() - started
    return evaluation
