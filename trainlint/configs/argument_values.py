"""One command-line option: its name, what it is worth without arguments, and in a literal list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.configs.paths import make_path, path_origin, path_text
from trainlint.model import Location, Place
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import ASSIGNED
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


@dataclass(frozen=True, eq=False)
class Option:
    """What add_argument() was told. flags: `--lr`, `-l`, or empty for a positional argument."""

    dest: str
    flags: tuple[str, ...]
    action: str
    default: Value | None
    type: Value | None
    nargs: Value | None
    const: Value | None
    required: bool
    location: Location
    metavar: str = ""
    maker: Value | None = None  # the class of a custom action

    @property
    def label(self) -> str:
        """How messages call it."""
        return next((f for f in self.flags if f.startswith("--")), self.flags[0] if self.flags else self.dest)

    @property
    def takes_rest(self) -> bool:
        """Whether it is a positional argument of any number of words: without any it is a list, None by default or not."""
        many = isinstance(self.nargs, Const) and self.nargs.value in ("*", "...")
        return many and not self.flags

    @property
    def may_be_left_out(self) -> bool:
        """Whether it is a positional argument of one word or none."""
        return not self.flags and isinstance(self.nargs, Const) and self.nargs.value == "?"

    @classmethod
    def of(cls, args: Args, location: Location) -> Option | None:
        """From the arguments of add_argument(); None if the name is not known."""
        names = [v.value for v in args.positional if isinstance(v, Const) and isinstance(v.value, str)]
        given = args.keywords
        dest = given.get("dest")
        if len(names) < len(args.positional) or (not names and dest is None):
            return None
        flags = tuple(n for n in names if n.startswith("-"))
        if isinstance(dest, Const):
            name = str(dest.value)
        elif dest is not None:
            return None
        elif flags:
            long = [f for f in flags if f.startswith("--")]
            name = (long or list(flags))[0].lstrip("-").replace("-", "_")
        else:
            name = names[0]
        required = given.get("required", _NONE)
        return cls(
            name,
            flags,
            _action(given.get("action")),
            given.get("default", Unknown("an option that was not followed") if args.open else None),
            given.get("type"),
            given.get("nargs"),
            given.get("const"),
            isinstance(required, Const) and bool(required.value),
            location,
            str(metavar.value) if isinstance(metavar := given.get("metavar"), Const) else "",
            given.get("action") if _action(given.get("action")) == "custom" else None,
        )


def _action(value: Value | None) -> str:
    if value is None:
        return "store"
    if isinstance(value, Const):
        return str(value.value)
    return "boolean" if value.describe().endswith("BooleanOptionalAction") else "custom"


def starting_value(run: Interpreter, option: Option, override: Value | None) -> Value:
    """The value of an option that is not given on the command line.

    override: a later set_defaults(). A default that is text goes through `type`, as argparse does it.
    """
    default = override if override is not None else option.default
    if default is None or (option.takes_rest and isinstance(default, Const) and default.value is None):
        return _to_be_given(run, option, _implied(option))
    if isinstance(default, UnionValue):
        found = [starting_value(run, option, v) for v in default.alternatives]
        result = found[0]
        for other in found[1:]:
            result = run.join(result, other)
        return result
    if isinstance(default, Const) and isinstance(default.value, str) and default.value != "==SUPPRESS==":
        default = converted(run, option, default)
    return placed(run, option, default)


def _to_be_given(run: Interpreter, option: Option, value: Value) -> Value:
    """What somebody will give, as an object of the option's `type`: `type=Path` makes a path of any text."""
    if (
        not isinstance(value, Unknown)
        or not isinstance(option.type, LibraryClass)
        or option.nargs is not None
    ):
        return value
    made = run.call(option.type, Args([value]))
    return made if isinstance(made, Instance) else value


def placed(run: Interpreter, option: Option, value: Value) -> Value:
    """A default with the option in its chain of origins (a path in that of its text)."""
    if isinstance(value, Const) and value.value is None:
        return value
    if isinstance(value, Instance) and (text := path_text(value)) is not None:
        return make_path(run, text, extend(path_origin(value), option.location, option.label))
    return value.with_origin(extend(value.origin, option.location, option.label)) if value.origin else value


def _implied(option: Option) -> Value:
    origin: Origin = extend((), option.location, option.label)
    if option.action in ("store_true", "store_false"):
        return Const(option.action == "store_false", origin)
    if option.action == "custom" and (option.required or not option.flags):
        return Unknown(f"what a custom action makes of {option.label}", origin)
    if option.required:
        return Unknown(f"required argument {option.label}", origin)
    if not option.flags:
        nargs = option.nargs.value if isinstance(option.nargs, Const) else None
        if option.takes_rest:
            return ListValue((), origin)
        return _NONE if nargs == "?" else Unknown(f"required argument {option.label}", origin)
    return Const(None)


def converted(run: Interpreter, option: Option, text: Const) -> Value:
    """What the option's `type` makes of a text."""
    kind = option.type
    if kind is None or (isinstance(kind, Const) and kind.value is None):
        return text
    made = run.call(kind, Args([text]))
    if isinstance(made, Const) and not made.origin:
        return made.with_origin(text.origin)
    return made


# -- parse_args(["--lr", "0.1"])


def literal_arguments(value: Value | None) -> list[Const]:
    """The arguments of a literal list; empty for the command line, None, or a list that is not fully known."""
    if not isinstance(value, ListValue | TupleValue) or value.open:
        return []
    known = [e for e in value.elements if isinstance(e, Const) and isinstance(e.value, str)]
    return known if len(known) == len(value.elements) else []


def written_line(run: Interpreter) -> Value | None:
    """The command line that the program writes itself (`sys.argv = ["train.py", "--lr", "0.1"]`), without its name."""
    value = run.memo.get(ASSIGNED, {}).get("sys.argv")
    if isinstance(value, ListValue | TupleValue) and value.elements:
        return ListValue(value.elements[1:], value.origin, value.open)
    return Unknown("sys.argv") if value is not None else None


def is_literal(value: Value | None) -> bool:
    """Whether all words of a command line are known."""
    elements = getattr(value, "elements", None)
    return (
        elements is not None
        and len(literal_arguments(value)) == len(elements)
        and not getattr(value, "open", False)
    )


def command_line(run: Interpreter, options: Sequence[Option]) -> list[Const]:
    """The words of the run's command line where they are known, unknown options and their values left out, and options that are cut
    short written out as argparse does."""
    flags = {flag for option in options for flag in option.flags}
    kept: list[Const] = []
    skipping = False
    here = (Place(run.here, "the command line"),)
    words = [Const(word, here) for word in run.project.arguments or ()]
    written = written_line(run)
    if written is not None:
        words = literal_arguments(written)
    for given in words:
        word = str(given.value)
        name, equals, tail = word.partition("=")
        if word.startswith("-") and not _is_number(word):
            fitting = (
                [name]
                if name in flags
                else sorted(f for f in flags if f.startswith(name) and name.startswith("--"))
            )
            skipping = len(fitting) != 1
            word = fitting[0] + equals + tail if fitting else word
        if not skipping:
            kept.append(Const(word, given.origin or here))
    return kept


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def read_literal(run: Interpreter, options: Sequence[Option], given: list[Const]) -> dict[str, Value]:
    """The options that a list of arguments sets."""
    by_flag = {flag: option for option in options for flag in option.flags}
    positional = [o for o in options if not o.flags]
    found: dict[str, Value] = {}
    rest = list(given)
    while rest:
        word = rest.pop(0)
        name, equals, tail = word.value.partition("=")
        option = by_flag.get(name if equals else word.value)
        if option is not None:
            values = [Const(tail, word.origin)] if equals else _taken(option, rest)
            found[option.dest] = _given(run, option, values)
        elif word.value.startswith("--no-") and "--" + word.value[5:] in by_flag:
            found[by_flag["--" + word.value[5:]].dest] = Const(False, word.origin)
        elif positional and not word.value.startswith("-"):
            option = positional.pop(0)
            found[option.dest] = _given(run, option, [word, *_more(option, rest)])
    return found


def _taken(option: Option, rest: list[Const]) -> list[Const]:
    if option.action not in ("store", "append", "extend"):
        return []
    if option.nargs is None:
        return [rest.pop(0)] if rest else []
    return _more(option, rest)


def _more(option: Option, rest: list[Const]) -> list[Const]:
    if option.nargs is None:
        return []
    limit = option.nargs.value if isinstance(option.nargs, Const) else None
    count = limit if isinstance(limit, int) else 1 if limit == "?" else len(rest)
    taken: list[Const] = []
    while rest and len(taken) < count and not rest[0].value.startswith("--"):
        taken.append(rest.pop(0))
    return taken


def _given(run: Interpreter, option: Option, values: list[Const]) -> Value:
    if option.action in ("store_true", "boolean"):
        return Const(True, extend((), option.location, option.label))
    if option.action == "store_false":
        return Const(False, extend((), option.location, option.label))
    if option.action == "store_const":
        return option.const or _NONE
    if option.action not in ("store", "append", "extend"):
        return Unknown(f"what {option.label} is given")
    made = [placed(run, option, converted(run, option, v)) for v in values]
    optional = isinstance(option.nargs, Const) and option.nargs.value == "?"
    if option.nargs is None or optional:
        value = made[0] if made else option.const or _NONE
        return ListValue([value]) if option.action == "append" else value
    return ListValue(made)
