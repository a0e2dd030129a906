"""os, sys, copy and other parts of the standard library that values of a training program pass through."""

from __future__ import annotations

import copy as plain_copy
from typing import TYPE_CHECKING

from trainlint.configs.command_line import SYS
from trainlint.configs.folders import change_to, make_folder
from trainlint.configs.paths import PATH_FUNCTIONS
from trainlint.configs.pickles import PICKLE
from trainlint.configs.search_path import SEARCH_PATH, add_directory
from trainlint.semantics.builtin_types import Contents, contents
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import copy_dict, dict_attribute
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.scalars import read_literal
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.store import Entries
from trainlint.semantics.values import Args, Const, Items, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_LOOKS_ONLY = ("string", "hashlib", "textwrap", "inspect", "platform", "traceback", "gc", "signal", "socket",
               "subprocess", "getpass", "locale", "struct", "base64", "zlib", "threading", "atexit", "errno",
               "unittest", "doctest", "resource", "faulthandler", "tracemalloc", "cProfile", "linecache")  # fmt: skip


class OsLibrary(TableLibrary):
    """Adds the one environment of a run."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        if qualname == "os.environ":
            return environment_of(run)
        return super().resolve(run, qualname)


OS = OsLibrary("os", "posixpath", usual={"os": "os"}, observers=("os",))
COPY = TableLibrary("copy", usual={"copy": "copy", "deepcopy": "copy.deepcopy"})
OTHERS = TableLibrary(*_LOOKS_ONLY, observers=_LOOKS_ONLY)
AST = TableLibrary("ast")
SITE = TableLibrary("site")
LIBRARIES = [OS, SYS, SITE, COPY, OTHERS, PICKLE, AST]
_NONE = Const(None)


def _nothing(run: Interpreter, args: Args) -> Value:
    return _NONE


# -- os

for _name, _handler in PATH_FUNCTIONS.items():
    OS.function(f"os.path.{_name}", f"posixpath.{_name}")(_handler)
OS.constant("os.sep", "/")
OS.constant("os.path.sep", "/")
OS.constant("os.linesep", "\n")
OS.constant("os.name", "posix")
for _name in (
    "remove",
    "rename",
    "replace",
    "rmdir",
    "unlink",
    "putenv",
    "system",
):
    OS.function(f"os.{_name}")(_nothing)


@OS.function("os.makedirs", "os.mkdir")
def _make_folder(run: Interpreter, args: Args) -> Value:
    for place in args.bind("name").values():
        make_folder(run, place)
    return _NONE


@OS.function("os.getcwd", "os.curdir")
def _getcwd(run: Interpreter, args: Args) -> Value:
    return Const(run.working_folder or ".")


@OS.function("os.chdir")
def _chdir(run: Interpreter, args: Args) -> Value:
    for place in args.bind("path").values():
        change_to(run, place)
    return _NONE


@OS.function("os.fspath")
def _fspath(run: Interpreter, args: Args) -> Value:
    from trainlint.configs.paths import path_origin, path_text

    value = args.positional[0] if args.positional else _NONE
    text = path_text(value)
    return Const(text, path_origin(value)) if text is not None else Unknown("a path that is not known")


EVERYWHERE = frozenset(
    {"HOME", "PATH", "USER", "LOGNAME", "SHELL", "PWD", "LANG", "TERM", "PYTHONPATH", "TMPDIR"}
)
"""Variables that a machine has without a user's doing."""
LAUNCHED = frozenset(
    {
        "RANK",
        "LOCAL_RANK",
        "NODE_RANK",
        "GROUP_RANK",
        "WORLD_SIZE",
        "LOCAL_WORLD_SIZE",
        "MASTER_ADDR",
        "MASTER_PORT",
    }
    | {f"SLURM_{name}" for name in ("PROCID", "LOCALID", "NODEID", "NTASKS", "NNODES", "JOB_ID", "JOBID")}
    | {f"OMPI_COMM_WORLD_{name}" for name in ("RANK", "LOCAL_RANK", "SIZE")}
)
"""Variables that only a launcher of several processes sets: a program that is started by itself has none of them."""


class Unset(Unknown):
    """A variable that the program reads without a default. It is not known, but in a run for which nothing was set it
    is not there, and equals no text that code compares it with."""

    __slots__ = ()

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op in ("==", "!=") and isinstance(other, Const) and isinstance(other.value, str):
            return Const(op == "!=")
        return super().binary(run, op, other, reflected)

    def truth(self, run: Interpreter) -> bool | None:
        return False


class Environment(DictValue):
    """os.environ: what the program sets is known, everything else depends on the machine; defaults count."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(open=True)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "get":
            return Native("os.environ.get", lambda r, args: variable(r, self, args))
        if name in ("setdefault", "pop"):
            return Native(f"os.environ.{name}", lambda r, args: variable(r, self, args))
        if name == "copy":
            return Native("os.environ.copy", lambda r, args: self)
        if name in ("items", "keys", "values"):
            return dict_attribute(run, self.as_given(), name)
        return dict_attribute(run, self, name)

    def iterate(self, run: Interpreter) -> Items:
        return self.as_given().iterate(run)

    def as_given(self) -> DictValue:
        """`{**os.environ}`: nothing but what the program set and every machine has."""
        given = DictValue.of(
            {name: Unknown(f"the environment variable {name}") for name in sorted(EVERYWHERE)}
        )
        given.cells.update(self.cells)
        return given

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op == "in" and isinstance(other, Const) and other.value not in EVERYWHERE:
            return Const(other.value in self.cells)
        return super().binary(run, op, other, reflected)


def variable(run: Interpreter, environment: DictValue, args: Args) -> Value:
    """`os.environ.get(name, default)`: what the program set, else the default."""
    bound = args.bind("key", "default")
    key, default = bound.get("key", _NONE), bound.get("default")
    if isinstance(key, Const) and key.value in environment.cells:
        return environment.cells[key.value][1]
    if default is None and isinstance(key, Const) and key.value in LAUNCHED:
        return _NONE
    if default is None:
        common = not isinstance(key, Const) or key.value in EVERYWHERE
        return (Unknown if common else Unset)(f"the environment variable {key.describe()}")
    if default.origin:
        return default.with_origin(extend(default.origin, run.here, f"os.environ {key.describe()}"))
    return default


def environment_of(run: Interpreter) -> Environment:
    """os.environ of this run."""
    found = run.memo.get("configs.environ")
    if not isinstance(found, Environment):
        found = run.memo["configs.environ"] = Environment()
    return found


@OS.function("os.getenv")
def _getenv(run: Interpreter, args: Args) -> Value:
    return variable(run, environment_of(run), args)


# -- sys

SYS.constant("sys.platform", "linux")
OTHERS.function("platform.system")(lambda run, args: Const("Linux"))
OTHERS.function("platform.python_version")(lambda run, args: Const("3.12.0"))
SYS.constant("sys.maxsize", 2**63 - 1)
SYS.entries["sys.version_info"] = TupleValue([Const(3), Const(12), Const(0), Const("final"), Const(0)])
SYS.entries["sys.path"] = SEARCH_PATH


@SITE.function("site.addsitedir")
def _site_directory(run: Interpreter, args: Args) -> Value:
    for directory in args.positional[:1]:
        add_directory(run, directory)
    return _NONE


for _name in ("setrecursionlimit", "settrace", "getrecursionlimit"):
    SYS.function(f"sys.{_name}")(_nothing)


# -- copy


def deep_copy(run: Interpreter, value: Value, known: dict[int, Value]) -> Value:
    """A value of its own with the same contents. Classes of libraries may have a say with `deep_copy`."""
    if id(value) in known:
        return known[id(value)]
    made: Value = value
    if isinstance(value, TupleValue) and type(value) is TupleValue:
        made = TupleValue([deep_copy(run, e, known) for e in value.elements], value.origin, value.open)
    elif isinstance(value, ListValue):
        made = ListValue(
            [deep_copy(run, e, known) for e in value.elements], value.origin, value.open, value.kind
        )
    elif isinstance(value, DictValue) and not isinstance(value, Environment):
        copied = copy_dict(value)
        copied.cells = Entries((k, (n, deep_copy(run, v, known))) for k, (n, v) in value.cells.items())
        made = copied
    elif isinstance(value, UnionValue):
        made = UnionValue([deep_copy(run, v, known) for v in value.alternatives])
    elif isinstance(value, Instance):
        return _copy_instance(run, value, known)
    known[id(value)] = made
    return made


def _copy_instance(run: Interpreter, value: Instance, known: dict[int, Value]) -> Value:
    for cls in value.library_classes():
        hook = getattr(cls, "deep_copy", None)
        if hook is not None:
            copied: Value | None = hook(run, value)
            if copied is not None:
                known[id(value)] = copied
                return copied
    made = Instance(value.cls, value.location)
    known[id(value)] = made
    inner = contents(value)
    if inner is not None:
        copied = deep_copy(run, inner, known)
        made.data = Contents(copied) if isinstance(copied, DictValue | ListValue) else None
    else:
        made.data = value.data
    made.attrs.update({name: deep_copy(run, v, known) for name, v in value.attrs.items()})
    return made


@COPY.function("copy.deepcopy")
def _deepcopy(run: Interpreter, args: Args) -> Value:
    return deep_copy(run, args.positional[0], {}) if args.positional else _NONE


@COPY.function("copy.copy")
def _copy(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    if isinstance(value, ListValue):
        return ListValue(value.elements, value.origin, value.open, value.kind)
    if isinstance(value, DictValue):
        return copy_dict(value)
    if isinstance(value, Instance) and value.data is None:
        return Instance(value.cls, value.location, dict(value.attrs))
    if isinstance(value, Instance):
        return deep_copy(run, value, {})
    return plain_copy.copy(value) if isinstance(value, Const) else value


# -- ast


@AST.function("ast.literal_eval")
def _literal(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    found = read_literal(value) if isinstance(value, Const) else None
    return found if found is not None else Unknown("ast.literal_eval()", value.origin)
