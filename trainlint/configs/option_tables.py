"""The keys of known schemas, filled in at the options that frameworks and documents have noted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from trainlint.facts.options import OptionTable
from trainlint.semantics.library import TableLibrary

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@cache
def tables() -> Mapping[str, OptionTable]:
    """Every table of keys by the name of its schema."""
    from trainlint.configs.schemas import deepspeed, lightning, transformers, ultralytics

    found = (deepspeed.TABLE, lightning.TABLE, transformers.TABLE, ultralytics.TABLE)
    return {table.name: table for table in found}


class OptionTables(TableLibrary):
    """Owns no names: it completes the facts when a program ends."""

    def finish(self, run: Interpreter) -> None:
        """Give each set of options the table of its schema."""
        for options in run.program.option_sets:
            options.table = options.table or tables().get(options.schema)


LIBRARIES = [OptionTables()]
