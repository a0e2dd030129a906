"""Paths: pathlib, os.path and what asks the file system."""

from __future__ import annotations

import os.path
import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.scalars import chain
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "pathlib", "glob", "shutil", "tempfile", "fnmatch", usual={"Path": "pathlib.Path", "pathlib": "pathlib"}
)
LIBRARIES = [LIBRARY]
_NONE = Const(None)


def path_text(value: Value) -> str | None:
    """The text of a path that is a string or a pathlib.Path; None if it is not known."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    if isinstance(value, Instance) and value.is_a("pathlib.Path") and isinstance(value.data, Const):
        return str(value.data.value)
    return None


def path_origin(value: Value) -> Origin:
    """Where the text of a path comes from."""
    return (
        value.data.origin if isinstance(value, Instance) and isinstance(value.data, Const) else value.origin
    )


def make_path(run: Interpreter, text: str | None, origin: Origin = ()) -> Instance:
    """A pathlib.Path; text None for one that is not known."""
    made = Instance(PATH, run.here)
    made.data = Const(text, origin) if text is not None else None
    return made


def join(parts: list[Value]) -> Const | None:
    """The parts joined as paths; None if one is not known."""
    texts = [path_text(p) for p in parts]
    known = [t for t in texts if t is not None]
    if len(known) < len(texts) or not known:
        return None
    return Const(
        posixpath.join(*known), next((path_origin(p) for p in reversed(parts) if path_origin(p)), ())
    )


class PathClass(LibraryClass):
    """pathlib.Path; `data` is the text as a constant, or None."""

    closed = False

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if not args.positional and not args.open:
            instance.data = Const(".")
        elif not args.open:
            joined = join(args.positional)
            instance.data = None if joined is None else Const(_clean(joined.value), joined.origin)

    def call(self, run: Interpreter, args: Args) -> Value:
        instance = Instance(self, run.here)
        self.construct(run, instance, args)
        return instance

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "cwd":
            return Native(name, lambda r, args: make_path(r, r.working_folder or "."))
        if name == "home":
            return Native(name, lambda r, args: make_path(r, None))
        if name == "__name__":
            return Const("Path")
        return Native(
            name, lambda r, args: r.call(r.get_attr(args.positional[0], name), Args(args.positional[1:]))
        )

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        text = path_text(instance)
        origin = path_origin(instance)
        if name in _METHODS:
            return Native(f"Path.{name}", lambda r, args: _METHODS[name](r, instance, args))
        pure = PurePosixPath(text) if text is not None else None
        if name == "parent":
            return make_path(run, None if pure is None else str(pure.parent), origin)
        if name == "parents":
            ups = [make_path(run, str(p), origin) for p in pure.parents] if pure is not None else []
            return TupleValue(ups, open=pure is None)
        if name in ("name", "stem", "suffix"):
            return Unknown(f"Path.{name}") if pure is None else Const(getattr(pure, name), origin)
        if name == "parts":
            return TupleValue(
                [Const(p, origin) for p in pure.parts] if pure is not None else [], open=pure is None
            )
        return None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op == "/":
            joined = join([other, instance] if reflected else [instance, other])
            return make_path(
                run, None if joined is None else _clean(joined.value), joined.origin if joined else ()
            )
        mine, theirs = path_text(instance), path_text(other)
        if op in ("==", "!=") and mine is not None and theirs is not None:
            return Const((mine == theirs) == (op == "=="))
        return None


def _clean(text: str) -> str:
    return str(PurePosixPath(text))


PATH = LIBRARY.add(
    PathClass("pathlib.Path"), "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"
)

_PathMethod = Callable[["Interpreter", Instance, Args], Value]


def _same(run: Interpreter, self: Instance, args: Args) -> Value:
    return self


def _resolve(run: Interpreter, self: Instance, args: Args) -> Value:
    text = path_text(self)
    if text is None:
        return self
    whole = full(run, text)
    if whole != text or whole.startswith(("/", "..")) or "/../" in f"{whole}/":
        return make_path(run, posixpath.normpath(whole), path_origin(self))
    return self


def full(run: Interpreter, text: str) -> str:
    """A relative path behind the folder that the program changed to, if it did."""
    folder = run.working_folder
    return posixpath.join(folder, text) if folder is not None else text


def _joinpath(run: Interpreter, self: Instance, args: Args) -> Value:
    joined = join([self, *args.positional])
    return make_path(run, None if joined is None else _clean(joined.value), joined.origin if joined else ())


def _renamed(how: str) -> _PathMethod:
    def method(run: Interpreter, self: Instance, args: Args) -> Value:
        text, new = path_text(self), args.positional[0] if args.positional else _NONE
        if text is None or not isinstance(new, Const):
            return make_path(run, None)
        try:
            return make_path(run, str(getattr(PurePosixPath(text), how)(new.value)), path_origin(self))
        except (ValueError, TypeError):
            return make_path(run, None)

    return method


def _listed(name: str) -> _PathMethod:
    """A method that `listings`, which builds on this module, knows."""

    def method(run: Interpreter, self: Instance, args: Args) -> Value:
        from trainlint.configs import listings

        found: Value = getattr(listings, name)(run, self, args)
        return found

    return method


def _there(run: Interpreter, self: Instance, args: Args) -> Value:
    return _asked(run, self)


def _folder_there(run: Interpreter, self: Instance, args: Args) -> Value:
    return _asked(run, self, folder=True)


def _asked(run: Interpreter, value: Value, folder: bool = False) -> Value:
    """Whether it exists, as `folders`, which builds on this module, knows."""
    from trainlint.configs.folders import there

    return there(run, value, folder)


def _made_folder(run: Interpreter, self: Instance, args: Args) -> Value:
    from trainlint.configs.folders import make_folder

    make_folder(run, self)
    return _NONE


def _unknown(name: str) -> _PathMethod:
    return lambda run, self, args: Unknown(f"Path.{name}()")


def _open(run: Interpreter, self: Instance, args: Args) -> Value:
    return run.call(run.library_name("builtins.open"), Args([self, *args.positional], args.keywords))


def _read(run: Interpreter, self: Instance, args: Args) -> Value:
    return run.call_method(_open(run, self, Args()), "read")


def _text(run: Interpreter, self: Instance, args: Args) -> Value:
    text = path_text(self)
    return Const(text, path_origin(self)) if text is not None else Unknown("a path as text")


_METHODS: dict[str, _PathMethod] = {
    "joinpath": _joinpath, "resolve": _resolve, "absolute": _resolve, "expanduser": _same, "open": _open,
    "read_text": _read, "read_bytes": _read, "__fspath__": _text, "__str__": _text, "as_posix": _text,
    "with_suffix": _renamed("with_suffix"), "with_name": _renamed("with_name"), "with_stem": _renamed("with_stem"),
    "exists": _there, "is_file": _there, "is_dir": _folder_there,
    **{n: _unknown(n) for n in ("rglob", "stat", "relative_to")},
    "mkdir": _made_folder, "glob": _listed("path_glob"), "iterdir": _listed("path_entries"),
    **{n: lambda run, self, args: _NONE for n in ("touch", "unlink", "rmdir", "write_text", "write_bytes")},
}  # fmt: skip


# -- os.path: texts in, texts out; registered under "os" in configs/system.py


def path_function(name: str) -> Callable[[Interpreter, Args], Value]:
    """`os.path.<name>` for constants."""
    function = getattr(posixpath, name)

    def handler(run: Interpreter, args: Args) -> Value:
        texts = [path_text(v) for v in args.positional]
        known = [t for t in texts if t is not None]
        if args.open or not known or len(known) < len(texts):
            return Unknown(f"os.path.{name}()")
        result = function(*known)
        origin = chain(*args.positional)
        if isinstance(result, tuple):
            return TupleValue([Const(part, origin) for part in result])
        return Const(result, origin)

    return handler


def join_function(run: Interpreter, args: Args) -> Value:
    """`os.path.join(...)`"""
    joined = None if args.open else join(args.positional)
    return joined if joined is not None else Unknown("a path that is not known")


def full_function(run: Interpreter, args: Args) -> Value:
    """`os.path.abspath(path)`"""
    value = args.positional[0] if args.positional else Unknown("a path")
    text = path_text(value)
    return same_function(run, Args([value if text is None else Const(full(run, text), path_origin(value))]))


def same_function(run: Interpreter, args: Args) -> Value:
    """`os.path.normpath(path)` and others that name the same file."""
    value = args.positional[0] if args.positional else Unknown("a path")
    text = path_text(value)
    if text is None:
        return Unknown("a path that is not known")
    cleaned = posixpath.normpath(text) if text.startswith("/") or ".." in text else text
    return Const(cleaned, path_origin(value))


def _file_there(run: Interpreter, args: Args) -> Value:
    return _asked(run, args.positional[0] if args.positional else Unknown("a path"))


def _directory_there(run: Interpreter, args: Args) -> Value:
    return _asked(run, args.positional[0] if args.positional else Unknown("a path"), folder=True)


PATH_FUNCTIONS: dict[str, Callable[[Interpreter, Args], Value]] = {
    **{n: path_function(n) for n in ("basename", "dirname", "splitext", "split", "isabs")},
    "join": join_function,
    "exists": _file_there,
    "isfile": _file_there,
    "isdir": _directory_there,
    **dict.fromkeys(("abspath", "realpath"), full_function),
    **dict.fromkeys(("normpath", "expanduser", "expandvars", "normcase", "relpath"), same_function),
}
SEPARATOR = os.path.sep


@LIBRARY.function("shutil.which", "tempfile.mkdtemp", "tempfile.gettempdir", "fnmatch.filter")
def _ask(run: Interpreter, args: Args) -> Value:
    return Unknown("what the file system holds")


@LIBRARY.function("shutil.copytree", "shutil.rmtree", "shutil.move")
def _do(run: Interpreter, args: Args) -> Value:
    return _NONE


@LIBRARY.function("shutil.copy", "shutil.copyfile", "shutil.copy2")
def _copy(run: Interpreter, args: Args) -> Value:
    from trainlint.configs.modules import note_copy

    note_copy(run, *(args.bind("src", "dst").get(name, _NONE) for name in ("src", "dst")))
    return _NONE


def paths_of(values: ListValue) -> list[str]:
    """The known paths in a list."""
    return [t for t in map(path_text, values.elements) if t is not None]
