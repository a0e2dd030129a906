"""Options that go to something with a known schema: the arguments of a trainer, or a config document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trainlint.facts.fact import Fact
from trainlint.model import Location


@dataclass(frozen=True)
class OptionTable:
    """The keys that a schema knows.

    keys: dotted paths (`zero_optimization.stage`); a path that ends in `.*` takes anything below it.
    foreign: names that look like misspelt ones, but are known to be used beside the schema.
    """

    name: str
    keys: frozenset[str]
    foreign: frozenset[str] = frozenset()

    def knows(self, key: str) -> bool:
        """Whether a dotted key, or anything that it leads to, is in the schema."""
        if key in self.keys:
            return True
        parts = key.split(".")
        if any(".".join(parts[:n]) + ".*" in self.keys for n in range(len(parts) + 1)):
            return True
        return any(known.startswith(f"{key}.") for known in self.keys)

    def beside(self, key: str) -> frozenset[str]:
        """The names that the schema knows at the level of a dotted key."""
        above = key.rpartition(".")[0]
        prefix = f"{above}." if above else ""
        below = (known[len(prefix) :] for known in self.keys if known.startswith(prefix))
        return frozenset(name.split(".")[0] for name in below) - {"*"}


@dataclass(eq=False)
class OptionSet:
    """Options as given, without the schema's defaults.

    schema: its name (`transformers.TrainingArguments`, `deepspeed`, ...: trainlint/configs/schemas/ has them all).
    location: the call that takes them, or the document's place. options: by dotted key (`fp16.enabled`), as written.
    complete: whether nothing else may have been given. keys: where each key stands; keys of mappings too.
    document: they stand in a config document. table: the schema's keys, filled in when the program ends.
    """

    schema: str
    location: Location
    options: dict[str, Fact[Any]]
    complete: bool = True
    keys: dict[str, Location] = field(default_factory=dict)
    document: bool = False
    table: OptionTable | None = None

    def value(self, key: str, default: Any = None) -> Any:
        """The value that is set, or else (if nothing unseen may set it) the default; None where it is not known."""
        found = self.options.get(key)
        if found is not None:
            return found.value if found.known else None
        return default if self.complete else None

    def known(self, key: str) -> bool:
        """Whether the key is given a value that is known."""
        found = self.options.get(key)
        return found is not None and found.known

    def place(self, key: str) -> Location:
        """Where an option stands: its key, its value, or else the whole."""
        found = self.options.get(key)
        literal = found.literal if found is not None else None
        return self.keys.get(key) or literal or self.location
