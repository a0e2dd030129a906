"""How the meaning of outside libraries reaches the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Handler = Callable[["Interpreter", Args], Value]


@dataclass(frozen=True)
class Symbol:
    """A name that the code does not define: a parameter of a function run alone, or a free name of a fragment.

    annotation: qualified (`torch.nn.Module`) or as written. attributes: names taken from it (`step`,
    `zero_grad`). called, iterated, subscripted: how the code uses it.
    parameter: it is a function's parameter (else a free name). function: the function's name.
    """

    name: str
    annotation: str | None = None
    attributes: frozenset[str] = frozenset()
    called: bool = False
    iterated: bool = False
    subscripted: bool = False
    parameter: bool = True
    function: str = ""
    in_module: bool = False  # a parameter of forward() of a network


COMMAND_LINE = "command line"
"""Key of `run.memo`: identities of the objects that stand for the options of a command."""


class Library(Protocol):
    """What the names of one library mean.

    Optional: `stands_for`, packages whose model is used in their own scripts too, where these import them by full name;
    `second`, packages of which a copy in the project counts before the model;
    `finish(run)`, called at the program's end; `lacks(run, qualname)`, whether there certainly is no such name; `unseen_result(run, symbol)`, the role that uses give to what a call into unseen
    code returned; `holds(qualname)`, whether it has names below one, and `names_in(qualname)`, which; `all_names_in(qualname)`, the same where no public name is unknown; `usually(name)`, the qualified name of a free name by the scheme of
    the library's names; `base_of(names)`, the qualified class that methods of these names belong to, pasted without their class; `extended_by(run, cls, methods)`, the class that one of the program's with an unseen base extends; and `unknown_methods` and `unknown_assignments`, handlers by the name of a method
    that is called on an object that is not known (`self.optimizer.step()`); and `unknown_keywords`, by the name of an argument
    of a call that is not followed: what is drawn from when its result is iterated.
    """

    packages: tuple[str, ...]
    """Top-level import names: ("torch",)."""
    usual: Mapping[str, str]
    """Usual names in code without imports: {"nn": "torch.nn"}."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        """What a dotted name is: a LibraryClass, Native or Const; None for a submodule or an unmodelled name."""
        ...

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        """The result of calling a name that `resolve` knows nothing of; None to let the arguments escape."""
        ...

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        """What a name that the code does not define probably is; None if this library has no idea."""
        ...


class TableLibrary:
    """A library written as tables: names to values, with aliases for re-exported paths.

    fill: set by a library of many modules: imports those that fill the tables, when a name is first asked for.

    Register functions with `@lib.function("torch.relu", "torch.nn.functional.relu")`, classes with
    `lib.add(LibraryClass(...))`, constants with `lib.constant("math.pi", 3.14)`.
    """

    def __init__(
        self, *packages: str, usual: Mapping[str, str] | None = None, observers: Iterable[str] = ()
    ) -> None:
        self.packages = packages
        self.usual: Mapping[str, str] = dict(usual or {})
        self.fill: Callable[[], None] | None = None
        self.entries: dict[str, Value] = {}
        self.aliases: dict[str, str] = {}
        self.observers = tuple(observers)  # dotted prefixes whose functions only look at their arguments
        self.whole: dict[str, frozenset[str]] = {}
        """Namespaces of which the tables hold all public names but these (`getattr(torch.optim, name)` may fail)."""

    @property
    def is_loaded(self) -> bool:
        """Whether the tables are filled: some program came upon a name of the library."""
        return self.fill is None

    def load(self) -> None:
        """Fill the tables. Most programs use one framework, and importing the models of all takes longer than a short script."""
        fill, self.fill = self.fill, None
        if fill is not None:
            fill()

    def function(self, *qualnames: str) -> Callable[[Handler], Handler]:
        """Register a handler under one or more dotted names."""

        def register(handler: Handler) -> Handler:
            for qualname in qualnames:
                self.entries[qualname] = Native(qualname, handler)
            return handler

        return register

    def add(self, cls: LibraryClass, *also: str) -> LibraryClass:
        """Register a class under its qualified name and others."""
        for qualname in (cls.qualname, *also):
            self.entries[qualname] = cls
        return cls

    def constant(self, qualname: str, value: object) -> None:
        """Register a constant."""
        self.entries[qualname] = Const(value)

    def alias(self, prefix: str, target: str) -> None:
        """Let names under `prefix` mean the same under `target` (`torch.nn.modules.linear` -> `torch.nn`)."""
        self.aliases[prefix] = target

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        if self.fill is not None:
            self.load()
        found = self.entries.get(qualname)
        if found is not None:
            return found
        prefix, _, last = qualname.rpartition(".")
        while prefix:
            if prefix in self.aliases:
                return self.resolve(run, f"{self.aliases[prefix]}.{last}")
            prefix, _, head = prefix.rpartition(".")
            last = f"{head}.{last}"
        return None

    def lacks(self, run: Interpreter, qualname: str) -> bool:
        """Whether there certainly is no such name."""
        self.load()
        prefix, _, last = qualname.rpartition(".")
        others = self.whole.get(prefix)
        return (
            others is not None
            and not last.startswith("_")
            and qualname not in self.entries
            and last not in others
        )

    def names_in(self, qualname: str) -> list[str]:
        """The names that are known directly below this one."""
        self.load()
        above = f"{qualname}."
        return [
            n.removeprefix(above) for n in self.entries if n.startswith(above) and "." not in n[len(above) :]
        ]

    def all_names_in(self, qualname: str) -> list[str] | None:
        """All public names of a namespace, sorted; None where it may have others than those that are known."""
        self.load()
        others = self.whole.get(qualname)
        return None if others is None else sorted({*self.names_in(qualname), *others})

    def holds(self, qualname: str) -> bool:
        """Whether names below this one are known: it is a submodule."""
        self.load()
        return any(name.startswith(f"{qualname}.") for name in self.entries)

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        if any(qualname == o or qualname.startswith(f"{o}.") for o in self.observers):
            from trainlint.semantics.objects import Instance
            from trainlint.semantics.values import Unknown

            result = Unknown(f"{qualname}()")
            # It may stand around an object that it is given.
            result.made = any(isinstance(v, Instance) for v in args.values())
            return result
        return None

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        return None
