"""What is left of a file when its own run is over: functions and classes that nothing has reached, run one by one."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.semantics.budget import MAX_STEPS_ALONE, SOFT_STEPS_TRAINING
from trainlint.semantics.definition_statements import wrapped
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.methods import comes_to_training, methods_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.order import users_first
from trainlint.semantics.values import Args, Value
from trainlint.semantics.worth import leads_to_training
from trainlint.source.words import names_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.programs import Evaluation

Place = tuple[str, int]
"""A definition: the file it stands in and its line."""

MAX_SISTERS = 3
"""Classes for which an inherited method that trains is run; more show little that is new."""


def call_with_symbols(run: Interpreter, function: FunctionValue) -> Value:
    """Call a function with symbols for the parameters that have no default, as its decorators made it."""
    arguments = run.symbols.arguments(run, function, skip_first=False)
    name = getattr(function.node, "name", "")
    outer = function.module.namespace.get(name) if wrapped(function.module, name) is function else None
    return run.call(outer if outer is not None else function, arguments)


class Rest:
    """The definitions of one file that its run leaves out.

    skip: definitions that scripts have reached. seen: those that other programs have run to their end.
    """

    def __init__(self, evaluation: Evaluation, skip: Collection[Place], seen: Collection[Place]) -> None:
        self.evaluation = evaluation
        self.run = evaluation.run
        self.skip, self.seen = skip, seen
        self.trained: dict[ast.AST, int] = {}
        """Methods run alone that made updates, with the number of classes for which they were."""

    def execute(self) -> None:
        """Run them, each after those that mention it."""
        for name, value in self._defined():
            node = value.node
            if (self.evaluation.source.display, node.lineno) in self.skip:
                continue
            if isinstance(value, ClassValue):
                self._class(value)
            elif node not in self.run.reached and not self._elsewhere(node):
                action = partial(call_with_symbols, self.run, value)
                tree = self.evaluation.source.tree
                soft = SOFT_STEPS_TRAINING if tree is not None and leads_to_training(tree, node) else None
                self.evaluation.attempt(name, MAX_STEPS_ALONE, action, node, soft)

    def _defined(self) -> list[tuple[str, FunctionValue | ClassValue]]:
        """The file's own definitions, each after those that mention it: what they pass to it need not be guessed."""
        module = self.evaluation.module
        found = [
            (name, value)
            for name, given in module.namespace.items()
            if isinstance(value := wrapped(module, name) or given, FunctionValue | ClassValue)
            and value.module is module
        ]
        left = [
            part for part in found if (self.evaluation.source.display, part[1].node.lineno) not in self.skip
        ]
        if len(left) < 2:  # no order to be worked out, which takes a look at every word of all of them
            return left
        found.sort(key=lambda item: item[0] != "__init__")  # pasted without class
        places = {name: number for number, (name, _) in enumerate(found)}
        used = [
            {places[word] for word in names_of(value.node) if word in places} - {number}
            for number, (_, value) in enumerate(found)
        ]
        return [found[number] for number in users_first(used)]

    def _elsewhere(self, node: ast.AST) -> bool:
        """Whether another program ran a definition, so that nothing needs to be guessed for it."""
        place = self.evaluation.source.display, getattr(node, "lineno", 0)
        return place in self.skip or place in self.seen

    def _class(self, cls: ClassValue) -> None:
        run = self.run
        methods = methods_of(cls, inherited=not run.program.trains_itself)
        made = run.instances.get(cls.node)
        if made is None:
            if self._elsewhere(cls.node) and all(self._known(value) for _, value in methods):
                return
            self.evaluation.attempt(
                cls.name, MAX_STEPS_ALONE, lambda: run.symbols.instance(run, cls), cls.node
            )
            made = run.instances.get(cls.node)
        if made is None:
            return
        instance = made
        self._usual(cls, instance)
        for name, value in methods:
            if self._known(value) and not self._trains_again(cls, name, value):
                continue
            action = partial(self._method, instance, value)
            before = len(run.program.events)
            soft = SOFT_STEPS_TRAINING if comes_to_training(methods, value) else None
            in_vain = not self.evaluation.attempt(
                f"{cls.name}.{name}", MAX_STEPS_ALONE, action, value.node, soft
            )
            if in_vain and soft is None and name not in cls.namespace:
                # Objects of other subclasses would show as little: for their programs it counts as run to its end.
                run.reached_places.add(_place(value))
            if any(event.kind is EventKind.STEP for event in run.program.events[before:]):
                self.trained[value.node] = self.trained.get(value.node, 0) + 1

    def _trains_again(self, cls: ClassValue, name: str, function: FunctionValue) -> bool:
        """Whether an inherited method trains, and was run alone for sister classes only, which give it other parts."""
        return name not in cls.namespace and 0 < self.trained.get(function.node, 0) < MAX_SISTERS

    def _known(self, function: FunctionValue) -> bool:
        """Whether a method was run, by this program or by another."""
        place = _place(function)
        return function.node in self.run.reached or place in self.skip or place in self.seen

    def _usual(self, cls: ClassValue, instance: Instance) -> None:
        """Use an object as the library that its class extends would; methods may be those of bases in other files."""
        for library in instance.library_classes():
            for name, action in library.usual(self.run, instance).items():
                function = self.run.class_attribute(cls, name)
                if not isinstance(function, FunctionValue):
                    continue
                if not (self._elsewhere(function.node) and self._elsewhere(cls.node)):
                    self.evaluation.attempt(f"{cls.name}.{name}", MAX_STEPS_ALONE, action, function.node)

    def _method(self, instance: Instance, function: FunctionValue) -> Value:
        run = self.run
        entries = {cls.entry for cls in instance.library_classes()}
        in_module = isinstance(function.node, ast.FunctionDef) and function.node.name in entries
        bound = function.kind != "staticmethod"
        arguments = run.symbols.arguments(run, function, skip_first=bound, in_module=in_module)
        if function.kind == "property":
            return run.call(function, Args([instance]))
        if in_module:
            return run.call(instance, arguments)
        return run.call(run.bind(function, instance), arguments)


def _place(function: FunctionValue) -> Place:
    return function.module.source.display, getattr(function.node, "lineno", 0)
