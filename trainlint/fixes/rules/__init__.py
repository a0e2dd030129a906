"""The fixers: a file for each rule, named as its check's, found by that name and imported when one is wanted."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from trainlint.fixes.api import Fixer, registered
from trainlint.model import Applicability, Rule


@cache
def fixer_files() -> frozenset[str]:
    """The names of all files of fixers."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


def has_fixer(rule: Rule) -> bool:
    """Whether findings of a rule may have a fix; nothing is imported for the answer."""
    return rule.fix is not Applicability.NONE and rule.name.replace("-", "_") in fixer_files()


def fixer_of(rule: Rule) -> Fixer | None:
    """The fixer of a rule, or None."""
    if not has_fixer(rule):
        return None
    importlib.import_module(f"{__name__}.{rule.name.replace('-', '_')}")
    return registered().get(rule.code)
