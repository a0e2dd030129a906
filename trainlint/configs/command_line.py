"""sys.argv: the script, and the configs that the user says a run is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.model import Place
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import ASSIGNED, Native
from trainlint.semantics.scripts import is_script
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class SysLibrary(TableLibrary):
    """Adds the command line of a run: the script and the configs that the user says it is given."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        if qualname == "sys.argv":
            given = [Const(str(path), (Place(run.here, "sys.argv"),)) for path in run.project.configs]
            assigned: Value | None = run.memo.get(ASSIGNED, {}).get(qualname)
            if assigned is not None:
                return assigned
            words = [Const(word, (Place(run.here, "sys.argv"),)) for word in run.project.arguments or ()]
            return CommandLine([ScriptName(), *(words or given)])
        return super().resolve(run, qualname)


def _script(run: Interpreter) -> Value:
    """`sys.argv[0]`: where the script stands, to the script itself. A module that scripts share is evaluated once for all
    of them, and what an installed command is called lies elsewhere."""
    module = run.frame.module
    if module.dotted == "__main__" and is_script(module.source):
        return Const(str(module.source.path))
    return ScriptName()


class ScriptName(Unknown):
    """What a script is called, of which all is known that scanning the words by hand asks: it ends with `.py`, and it is
    no option."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("the script's name")

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("startswith", "endswith"):
            return Native(f"{self.why}.{name}", _name_begins if name == "startswith" else _name_ends)
        return super().get_attr(run, name)

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        text = other.value if isinstance(other, Const) else None
        if isinstance(text, str):
            if op == "in" and reflected and text and text in ".py":
                return Const(True)
            if op in ("==", "!=") and text.startswith("-"):
                return Const(op == "!=")
        return super().binary(run, op, other, reflected)


class CommandLine(TupleValue):
    """The words of the command line; what is asked for beyond them must be there, and is not known."""

    __slots__ = ()

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if isinstance(key, Const) and type(key.value) is int and key.value >= len(self.elements):
            return Word(f"word {key.value} of the command line")
        if isinstance(key, Const) and key.value == 0:
            return _script(run)
        return super().get_item(run, key)


def _name_begins(run: Interpreter, args: Args) -> Value:
    """`word.startswith("--")`"""
    text = args.positional[0] if args.positional else None
    if isinstance(text, Const) and isinstance(text.value, str) and text.value.startswith("-"):
        return Const(False)
    return Unknown("how the script's name begins")


def _name_ends(run: Interpreter, args: Args) -> Value:
    """`word.endswith(".py")`"""
    text = args.positional[0] if args.positional else None
    if isinstance(text, Const) and isinstance(text.value, str) and text.value and ".py".endswith(text.value):
        return Const(True)
    return Unknown("how the script's name ends")


class Word(Unknown):
    """A word of the command line that is not known. It is no file of settings: the run would have been given that."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "endswith":
            return Native(f"{self.why}.{name}", _ends)
        return super().get_attr(run, name)


def _ends(run: Interpreter, args: Args) -> Value:
    """`sys.argv[1].endswith(".json")`"""
    given = args.positional[0] if args.positional else Unknown("an ending")
    endings = given.elements if isinstance(given, TupleValue) else (given,)
    known = [e.value for e in endings if isinstance(e, Const) and isinstance(e.value, str)]
    if len(known) == len(endings) and all(ending in SETTINGS for ending in known):
        return Const(False)
    return Unknown("the ending of a word of the command line")


SETTINGS = frozenset({".json", ".yaml", ".yml", ".toml", "json", "yaml", "yml", "toml"})
"""Endings of files that hold settings."""

SYS = SysLibrary("sys", usual={"sys": "sys"}, observers=("sys.stdout", "sys.stderr"))
