"""ml_collections.config_flags: flags whose values are configs. (ConfigDict itself is in attribute_dicts.py.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.absl_flags import define_flag
from trainlint.configs.executed import module_at_path
from trainlint.configs.omegaconf import DICTS
from trainlint.configs.paths import path_text
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.library import Library
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[Library] = []  # the names belong to omegaconf.py's library of dictionaries
_NONE = Const(None)


@DICTS.function(
    "ml_collections.config_flags.DEFINE_config_file",
    "ml_collections.config_flags.config_flags.DEFINE_config_file",
)
def _config_flag(run: Interpreter, args: Args) -> Value:
    """A flag whose value is what `get_config()` of a Python file returns; `path.py:text` hands it the text."""
    bound = args.bind("name", "default")
    path = bound.get("default", _NONE)
    given = [config for config in run.project.configs if config.suffix == ".py"]
    text = str(given[0]) if given else path_text(path)
    file, _, argument = (text or "").partition(":") if text and ".py:" in text else (text or "", "", "")
    module = module_at_path(run, Const(file)) if file else _NONE
    config: Value = Unknown("the config that the command line names")
    if isinstance(module, ModuleValue):
        config = run.call(run.get_attr(module, "get_config"), Args([Const(argument)] if argument else []))
    return define_flag(run, bound.get("name", _NONE), config)


@DICTS.function(
    "ml_collections.config_flags.DEFINE_config_dict",
    "ml_collections.config_flags.config_flags.DEFINE_config_dict",
)
def _config_dict_flag(run: Interpreter, args: Args) -> Value:
    bound = args.bind("name", "config")
    return define_flag(run, bound.get("name", _NONE), bound.get("config", _NONE))
