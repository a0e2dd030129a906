"""torchtune.config: recipes whose config the command line names, and objects made from `_component_`.

Source: torchtune's documentation ("All About Configs"). A recipe has no config but the one that it is given:
`trainlint facts recipe.py conf.yaml`, or `[tool.trainlint.configs]`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.configs.files import load_from
from trainlint.configs.hydra import made_from
from trainlint.configs.interpolation import resolve
from trainlint.configs.omegaconf import READING
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.tree import config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "torchtune", observers=("torchtune.config.log_config", "torchtune.utils.log_rank_zero")
)
LIBRARIES = [LIBRARY]
_NONE = Const(None)


@LIBRARY.function("torchtune.config.parse")
def _parse(run: Interpreter, args: Args) -> Value:
    """`@config.parse`: the recipe's first parameter is the config of the command line."""
    function = args.positional[0] if args.positional else _NONE
    if not isinstance(function, FunctionValue) or isinstance(function.node, ast.Lambda):
        return function
    given = [path for path in run.project.configs if config_format(path) == "yaml"]
    config: Value = Unknown("the config that the command line names")
    if given:
        config = resolve(run, load_from(run, Const(str(given[0])), "yaml", READING, paths=True))
        run.program.framework = "torchtune"
    for place in function.node.args.args[:1]:
        run.write(function.defaults, place.arg, config)
    return function


@LIBRARY.function("torchtune.config.instantiate", "torchtune.config._instantiate.instantiate")
def _instantiate(run: Interpreter, args: Args) -> Value:
    """`config.instantiate(cfg.optimizer, model.parameters())`"""
    config = args.positional[0] if args.positional else args.keywords.get("config", _NONE)
    mapping = as_dict(config)
    if mapping is None:
        run.escape_args(args, "torchtune.config.instantiate")
        return _NONE if isinstance(config, Const) and config.value is None else Unknown("a component")
    extra = {k: v for k, v in args.keywords.items() if k not in ("config", "caller_globals")}
    return made_from(run, _targets(mapping), Args(args.positional[1:], extra, args.open), 0)


def _targets(mapping: DictValue) -> DictValue:
    """The mapping with `_component_` called as Hydra calls it, at every level."""
    entries = {
        ("_target_" if slot == "_component_" else slot): (key, _targets(v) if isinstance(v, DictValue) else v)
        for slot, (key, v) in mapping.cells.items()
    }
    made = DictValue(entries, mapping.origin, mapping.open)
    if mapping.watcher is not None:
        mapping.watcher.whole()
    return made


@LIBRARY.function("torchtune.config.validate", "torchtune.config.log_config")
def _nothing(run: Interpreter, args: Args) -> Value:
    return _NONE
