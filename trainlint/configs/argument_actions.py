"""The actions that an argparse parser keeps, one for each argument: code that goes through them asks how each is written, what
converts its text, and what it is by default.

Source: https://github.com/python/cpython/blob/main/Lib/argparse.py (Action, ArgumentParser._actions). The action of `--help` is
left out, as programs do that go through them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trainlint.configs.argument_values import Option
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ACTION = LibraryClass("argparse.Action")
LISTS = {"_actions": None, "_get_optional_actions": True, "_get_positional_actions": False}
"""Which actions a parser gives by this name: those of options, of positional arguments, or all."""
BY_FLAG = "_option_string_actions"
_NONE = Const(None)
_SWITCHES = {"store_true": False, "store_false": True}


def action(run: Interpreter, dest: str) -> Value:
    """One of which only the name is known."""
    return Instance(ACTION, run.here, {"dest": Const(dest)})


def action_of(run: Interpreter, option: Option) -> Value:
    """The one that `add_argument()` made."""
    default = option.default or _NONE
    if option.default is None and option.action in _SWITCHES:
        default = Const(_SWITCHES[option.action])
    attrs: dict[str, Value] = {
        "dest": Const(option.dest),
        "option_strings": ListValue([Const(flag) for flag in option.flags]),
        "default": default,
        "type": option.type or _NONE,
        "nargs": option.nargs or _NONE,
        "const": option.const or _NONE,
        "required": Const(option.required),
    }
    return Instance(ACTION, run.here, attrs)


def actions(run: Interpreter, options: Iterable[Option], flagged: bool | None) -> ListValue:
    """Those of all arguments; flagged: of options only, or of positional ones only."""
    wanted = [o for o in options if flagged is None or bool(o.flags) is flagged]
    return ListValue([action_of(run, option) for option in wanted])


def by_flag(run: Interpreter, options: Iterable[Option]) -> DictValue:
    """`parser._option_string_actions`: the action of each `--flag`."""
    return DictValue.of({flag: action_of(run, option) for option in options for flag in option.flags})
