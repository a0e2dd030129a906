"""TL052: a key of a known schema is misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.misspelling import is_shared, may_be_a_word, misspelt
from trainlint.facts.options import OptionSet
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule("TL052", "config-unknown-key", Level.WARNING, section="Config", fix=Applicability.UNSAFE)
READERS = {
    "transformers.TrainingArguments": "transformers.TrainingArguments",
    "deepspeed": "DeepSpeed",
    "lightning.Trainer": "Lightning's Trainer",
    "ultralytics": "Ultralytics",
}


@check(RULE)
def config_unknown_key(options: OptionSet) -> Iterator[Finding]:
    """A key that the schema does not know, and that differs from one it knows by a slip of the finger."""
    if options.table is None:
        return
    keys = sorted(options.keys or options.options)
    shared = is_shared(options)
    for key in keys:
        meant = misspelt(key, options.table)
        if (
            meant is None
            or (shared and may_be_a_word(key, meant))
            or f"{key.rpartition('.')[0]}.{meant}".lstrip(".") in options.options
        ):
            continue
        reader = READERS.get(options.schema, options.schema)
        message = (
            f"{reader} knows no key `{key}`, so this value is an error or is passed over without a word, and `{meant}` keeps "
            f"its default. Write `{meant}`."
        )
        yield report(RULE, options.place(key), message)
