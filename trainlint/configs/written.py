"""Text that code writes of data and reads again: `json.loads(json.dumps(config))`, `OmegaConf.create(OmegaConf.to_yaml(config))`.

Sources: json.org (keys are texts), https://omegaconf.readthedocs.io/en/latest/usage.html#from-a-yaml-string."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import nested, plain
from trainlint.configs.documents import Reading
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


_FILES = "files that the program wrote"


class Written(Unknown):
    """The text of some data. of: the data as they were when it was written."""

    __slots__ = ("of",)

    def __init__(self, why: str, of: Value) -> None:
        super().__init__(why)
        self.of = of

    def read(self, reading: Reading) -> Value:
        """What a loader makes of the text: a copy."""
        made = nested(plain(self.of), reading.mapping)
        return made if reading.hook is None else _hooked(made, reading.hook)


def _hooked(value: Value, hook: Callable[[DictValue], Value]) -> Value:
    """What `object_hook` makes of every mapping, the inner ones first."""
    if isinstance(value, DictValue):
        entries = {k: (name, _hooked(each, hook)) for k, (name, each) in value.cells.items()}
        return hook(type(value)(entries, value.origin, value.state["open"]))
    if isinstance(value, ListValue):
        return ListValue([_hooked(e, hook) for e in value.elements], value.origin, value.open)
    return value


def written(why: str, args: Args, *, texts: bool = False) -> Value:
    """The text that a function writes of its first argument. texts: keys become texts, so that others are not followed."""
    data = args.positional[0] if args.positional else None
    data = as_dict(data) or data if data is not None else None
    if not isinstance(data, DictValue | ListValue) or (texts and not _has_texts_as_keys(data)):
        return Unknown(why)
    return Written(why, plain(data))


def keep(run: Interpreter, path: str, text: Value) -> None:
    """Remember what the program writes to a file: a first run finds that there (`if not exists(path): dump({}, ...)`)."""
    run.write(run.memo, f"{_FILES}: {path}", text)


def kept(run: Interpreter, path: str) -> Written | None:
    """What the program itself wrote to a file that the project does not have."""
    found = run.memo.get(f"{_FILES}: {path}")
    if not isinstance(found, Written) or run.find_file(path) is not None:
        return None
    run.impure += 1
    return found


def _has_texts_as_keys(value: Value) -> bool:
    if isinstance(value, DictValue):
        return all(isinstance(k, str) and _has_texts_as_keys(v) for k, (_, v) in value.cells.items())
    return not isinstance(value, ListValue) or all(_has_texts_as_keys(e) for e in value.elements)
