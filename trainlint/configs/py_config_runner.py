"""py_config_runner: a Python file whose names are the config. Its names are read as attributes and by key; the file may
hold the loaders, the network and the optimizer themselves.

Source: py_config_runner's documentation ("ConfigObject").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import AttributeDict
from trainlint.configs.executed import execute, source_at
from trainlint.configs.paths import make_path, path_origin, path_text
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.scope import Lazy
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("py_config_runner", observers=("py_config_runner",))
LIBRARIES = [LIBRARY]


class ConfigObjectClass(LibraryClass):
    """`ConfigObject(path, **more)`"""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        path = args.bind("config_filepath").get("config_filepath", Unknown("a path"))
        text = path_text(path)
        given = [c for c in run.project.configs if c.suffix == ".py"]
        if given and (text is None or any(place.label.startswith("-") for place in path_origin(path))):
            text = str(given[0])
        source = source_at(run, make_path(run, text)) if text is not None else None
        names: dict[str, Value] = {"__name__": Const("config"), "__file__": Const(text)}
        if source is None or source.tree is None or not execute(run, source, names):
            run.gap("config", "the file that it is run from was not found")
            return Unknown(f"the config {path.describe()}")
        kept = {
            name: value
            for name, value in names.items()
            if not name.startswith("_") and not isinstance(value, ModuleValue | External | Lazy)
        }
        more = {k: v for k, v in args.keywords.items() if k != "config_filepath"}
        return AttributeDict.of({**kept, **more, "config_filepath": path})


LIBRARY.add(ConfigObjectClass("py_config_runner.ConfigObject"), "py_config_runner.config_utils.ConfigObject")
