"""Hydra's command line: the configs and overrides that a run is given choose options and set values.

Follows hydra.cc, "Basic Override syntax".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import deep_merge
from trainlint.configs.hydra_compose import STORE, Composer
from trainlint.configs.interpolation import OmegaDict, resolve
from trainlint.configs.omegaconf import from_dotlist
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def composed(
    run: Interpreter, directory: Path, name: str, overrides: list[str] | None = None, flat: bool = False
) -> Value:
    """The config of this name with its defaults list merged in, overridden, and references resolved.

    Configs that the user says this run is given choose the option of their group, or take the primary config's place.
    """
    composer = Composer(run, directory, flat=flat)
    values: list[str] = []
    top = directory.resolve()  # `../conf` of a script
    for given in run.project.configs:
        if top in given.resolve().parents and given.suffix in (".yaml", ".yml"):
            group = given.resolve().parent.relative_to(top).as_posix()
            if group == ".":
                name = given.stem
            else:
                composer.choose(name, group, given.stem)
    for override in overrides or ():
        key, _, option = override.lstrip("+").partition("=")
        if run.reader.is_dir(directory / key) or _is_stored(run, key):
            composer.choices[key] = None if option in ("null", "") else option
            if override.startswith("+"):
                values.append(f"+{key}")
        else:
            values.append(override)
    made = composer.whole(name)
    if not isinstance(made, OmegaDict):
        return made
    for text in values:
        _override(run, composer, made, text)
    return resolve(run, made)


def _is_stored(run: Interpreter, group: str) -> bool:
    return any(key[0] == group for key in run.memo.get(STORE, {}))


def _override(run: Interpreter, composer: Composer, made: OmegaDict, text: str) -> None:
    """`a.b=1`, `+a.b=1`, or `+group` for an option that is added."""
    if text.startswith("+") and "=" not in text:
        group = text.lstrip("+")
        option = composer.choices.get(group)
        if option is not None:
            composer.compose(made, group, option, group.replace("/", "."), 0)
    elif text.startswith("~"):
        run.write(made.state, "open", True)
    else:
        changes = from_dotlist(run, ListValue([Const(text)]))
        if isinstance(changes, OmegaDict):
            deep_merge(run, made, changes)
