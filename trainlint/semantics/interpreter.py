"""The facade of the abstract interpreter: what the rest of it, and the models of libraries, work with."""

from __future__ import annotations

import ast
import sys
import traceback
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

from trainlint.facts.events import Branch
from trainlint.facts.program import Failure, Program
from trainlint.model import Place
from trainlint.semantics import classes, functions, imports, joins, metaclasses, narrowing, operators, purity
from trainlint.semantics.budget import FINISH_NODES, FINISH_STEPS, BudgetExceeded
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.fact_maker import FactMaker
from trainlint.semantics.library import Library
from trainlint.semantics.making import instantiate as make_instance
from trainlint.semantics.module_files import module_of_file
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.project import Project
from trainlint.semantics.scope import Scope
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.store import Changes
from trainlint.semantics.symbols import Symbols
from trainlint.semantics.values import Args, Const, Items, Unknown, Value


class Exit(Unknown):
    """The result of a call that ends the program."""

    __slots__ = ()
    exits = True


EXITS = frozenset({"sys.exit", "os._exit", "builtins.exit", "builtins.quit"})


class Interpreter(FactMaker):
    """One evaluation of one entry.

    Invariant: no library is named here; what outside names mean comes from `libraries`.
    """

    def __init__(self, project: Project, libraries: Sequence[Library], program: Program) -> None:
        super().__init__(program)
        self.project = project
        self.interrupted = project.sources.interrupted
        self.reader = project.reader
        self.libraries = tuple(libraries)
        self.modelled = {package: lib for lib in reversed(self.libraries) for package in lib.packages}
        self.usual = {name: full for lib in reversed(self.libraries) for name, full in lib.usual.items()}
        self.unknown_methods = {
            name: handler
            for lib in reversed(self.libraries)
            for name, handler in getattr(lib, "unknown_methods", {}).items()
        }
        self.unknown_assignments = {
            name: handler
            for lib in reversed(self.libraries)
            for name, handler in getattr(lib, "unknown_assignments", {}).items()
        }
        self.unknown_keywords = {
            name: handler
            for lib in reversed(self.libraries)
            for name, handler in getattr(lib, "unknown_keywords", {}).items()
        }
        hooks = [getattr(lib, "unseen_result", None) for lib in self.libraries]
        self.symbols = Symbols(tuple(hook for hook in hooks if hook is not None))
        self.names = project.names
        self.modules: dict[Path, ModuleValue] = {}
        self.spent: dict[ast.AST, int] = {}
        self.times: dict[ast.AST, int] = {}  # how often a function was called
        self.makers: set[ast.AST] = set()
        """Functions that have returned objects."""
        self.followed: dict[ast.AST, dict[int, Value]] = {}
        """By the functions that took all the steps they may: the objects that the last call that was followed took."""
        self.escaped: dict[Hashable, Value] = {}  # keeps the values, so that their identities stay theirs
        self.decorated_by = sys.maxsize
        """Steps beyond which what a decorator calls is not followed."""
        self.tally: purity.Tally | None = None
        self.vain: dict[ast.AST, int] = {}  # calls whose results do not stand for others, less those that do
        self.used: set[Hashable] = set()  # calls whose steps are paid for
        self.results: dict[Hashable, purity.Known] = project.notes.setdefault("results", {})
        self.instances: dict[ast.AST, Instance] = {}
        self._classes: list[ClassValue] = []

    # -- values

    def const(self, value: Any) -> Const:
        """A constant with its origin here."""
        return Const(value, (Place(self.here),))

    def call(self, value: Value, args: Args) -> Value:
        """`value(...)`"""
        self.count()
        if isinstance(value, (LibraryClass, External)):
            self.impure += 1
        state = self.frames, len(self.frames), self.frame, self.passes, self.branches, self.module_call
        try:
            return value.call(self, args)
        except (BudgetExceeded, RecursionError, MemoryError):
            raise
        except Exception as error:
            # A library's model failed: this call's result is lost, the rest of the program is not.
            self._recover(value, error, state)
            return Unknown(f"{value.describe()}, which trainlint failed on")

    def _recover(self, value: Value, error: Exception, state: tuple[Any, ...]) -> None:
        frames, depth, self.frame, self.passes, self.branches, self.module_call = state
        del frames[depth:], self.active[depth:]
        text = "".join(traceback.format_exception(error))
        failure = Failure(value.describe(), self.here, f"{type(error).__name__}: {error}", text)
        self.program.failures.append(failure)

    def call_method(self, value: Value, name: str, *args: Value) -> Value:
        """`value.name(...)`"""
        return self.call(self.get_attr(value, name), Args(list(args)))

    def get_attr(self, value: Value, name: str) -> Value:
        """`value.name`"""
        return value.get_attr(self, name)

    def get_item(self, value: Value, key: Value) -> Value:
        """`value[key]`"""
        return value.get_item(self, key)

    def operate(self, op: str, left: Value, right: Value) -> Value:
        """`left op right`"""
        return operators.operate(self, op, left, right)

    def compare(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """A comparison of two values."""
        return operators.compare(self, op, left, right)

    def join(self, a: Value, b: Value) -> Value:
        """One of two alternatives."""
        return joins.join(self, a, b)

    def join_state(self, a: Any, b: Any) -> Any:
        """One of two contents of a slot."""
        return joins.join_state(self, a, b)

    def alternatives(self, arms: Sequence[Callable[[], Value]], kind: str = "alternative") -> Value:
        """Evaluate exclusive alternatives from the same state and join their ends."""
        location, serial, outer = self.here, self.next_serial(), self.branches
        values: list[Value] = []
        changes: list[Changes] = []
        for number, arm in enumerate(arms):
            mark = self.store.mark()
            self.branches = (*outer, Branch(location, number, kind, serial, looped=bool(self.passes)))
            try:
                values.append(arm())
            except BudgetExceeded:
                self.end_early([*changes, self.store.take(mark)])
                raise
            changes.append(self.store.take(mark))
        self.branches = outer
        self.store.merge(changes, self.join_state)
        result = values[0]
        for value in values[1:]:
            result = self.join(result, value)
        return result

    def end_early(self, arms: list[Changes]) -> None:
        """The evaluation ends within the last of these arms: what the earlier ones made stands beside what it made."""
        self.max_nodes += FINISH_NODES
        self.limit = self.hard_limit = self.steps + FINISH_STEPS
        self.store.merge(arms, self.join_state)

    def branch(self, test: ast.expr, taken: Callable[[], Value], left: Callable[[], Value]) -> Value:
        """`taken() if test else left()` for a test that is not known, with what each arm knows."""
        narrow_true, narrow_false = narrowing.narrowings(self, test)

        def arm(narrow: Callable[[], None], value: Callable[[], Value]) -> Callable[[], Value]:
            def run() -> Value:
                narrow()
                return value()

            return run

        return self.alternatives([arm(narrow_true, taken), arm(narrow_false, left)], "if")

    def each(self, union: UnionValue, action: Callable[[Value], Value]) -> Value:
        """Do the same with every alternative (None and absent ones left out, which code guards against)."""
        arms = [v for v in union.alternatives if not (isinstance(v, Const) and v.value is None)]
        if not arms:
            return Unknown("an attribute of None")
        if len(arms) == 1:
            return action(arms[0])
        return self.alternatives([lambda v=v: action(v) for v in arms])  # type: ignore[misc]

    # -- names of libraries

    def library_name(self, qualname: str) -> Value:
        """What a dotted outside name is."""
        found = self.names.get(qualname)
        if found is None:
            package = qualname.split(".")[0]
            answers = (lib.resolve(self, qualname) for lib in self.libraries if package in lib.packages)
            resolved = next((answer for answer in answers if answer is not None), None)
            found = self.names[qualname] = resolved if resolved is not None else External(qualname)
        self.impure += not purity.is_fixed(found)
        return found

    def lacks_name(self, qualname: str) -> bool:
        """Whether a library that is known has no such name."""
        package = qualname.split(".")[0]
        asked = (getattr(lib, "lacks", None) for lib in self.libraries if package in lib.packages)
        return any(lacks(self, qualname) for lacks in asked if lacks is not None)

    def call_external(self, qualname: str, args: Args) -> Value:
        """Call an outside function that has no model of its own."""
        if qualname in EXITS:
            return Exit(f"{qualname}()")
        package = qualname.split(".")[0]
        first = self.modelled.get(package)
        others = (lib for lib in self.libraries if lib is not first and package in lib.packages)
        for library in (first, *others) if first is not None else ():
            found = library.unmodelled(self, qualname, args)
            if found is not None:
                return found
        self.escape_args(args, qualname)
        return self.unfollowed(args, f"{qualname}()")

    def find_file(self, text: str) -> Path | None:
        """Where a relative path that code opens is."""
        folder = self.working_folder
        found = self.project.find_file(str(Path(folder, text))) if folder is not None else None
        return found if found is not None else self.project.find_file(text)

    # -- the program's own definitions

    def module_at(self, path: Path, dotted: str) -> ModuleValue:
        """The module of a file of the project, not yet evaluated."""
        self.project.sources.use(path)
        if path in self.modules:
            return self.modules[path]
        found = self.project.modules.get(path)
        if found is None:
            found = self.project.modules[path] = module_of_file(self.project.sources, path, dotted)
        elif found.state.get("started"):
            self.program.files.add(found.source.display)
        return found

    def module_attribute(self, module: ModuleValue, name: str) -> Value:
        """`module.name`"""
        return imports.module_attribute(self, module, name)

    def module_has(self, module: ModuleValue, name: str) -> bool | None:
        """Whether `module.name` is there."""
        return imports.module_has(self, module, name)

    def call_function(self, function: FunctionValue, args: Args) -> Value:
        """Run a local function."""
        return functions.call(self, function, args)

    def define_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """`def ...`"""
        from trainlint.semantics import definition_statements

        definition_statements.define_function(self, node)

    def define_class(self, node: ast.ClassDef) -> None:
        """`class ...`"""
        from trainlint.semantics import definition_statements

        definition_statements.define_class(self, node)

    def annotations(self, name: str, annotation: ast.expr) -> None:
        """Note an annotated name of the class body that runs."""
        if self._classes:
            known = self._classes[-1].state.setdefault("annotations", {})
            known[name] = annotation

    def instantiate(self, cls: ClassValue, args: Args) -> Value:
        """`Class(...)` for a local class."""
        self.impure += 1
        made = make_instance(self, cls, args)
        if isinstance(made, Instance):
            self.instances.setdefault(cls.node, made)
        return made

    def construct_by_metaclass(self, cls: ClassValue, args: Args) -> Value:
        """`Class(...)` where the class has a metaclass of the program."""
        return metaclasses.call_class(self, cls, args)

    def bind(self, value: Value, receiver: Value) -> Value:
        """A class attribute as seen from an instance."""
        return classes.bind(self, value, receiver)

    def class_attribute(self, cls: Value, name: str) -> Value | None:
        """An attribute that a local class (or its local bases) defines."""
        return classes.class_attribute(cls, name)

    def class_get_attr(self, cls: ClassValue, name: str) -> Value:
        """`Class.name`"""
        return classes.class_get_attr(self, cls, name)

    def iterate_class(self, cls: ClassValue) -> Items:
        """Iterating a class."""
        self.impure += 1
        return classes.iterate_class(self, cls)

    def instance_attribute(self, instance: Instance, name: str) -> Value:
        """`instance.name`"""
        return classes.instance_attribute(self, instance, name)

    def set_instance_attribute(self, instance: Instance, name: str, value: Value) -> None:
        """`instance.name = value`"""
        classes.set_instance_attribute(self, instance, name, value)

    def call_instance(self, instance: Instance, args: Args) -> Value:
        """`instance(...)`"""
        return classes.call_instance(self, instance, args)

    def missing_attribute(self, instance: Instance, name: str) -> Value:
        """An attribute that nothing seen has set."""
        return Unknown(f"{instance.describe()}.{name}", method=name)

    def new_scope(self, kind: str, variables: dict[str, Value] | None = None) -> Scope:
        """A scope inside the current one."""
        return Scope(kind, self.frame.scope, variables)
