"""The rules: a folder a section, a file a rule, discovered by their place."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from trainlint.checks.api import registered_rules
from trainlint.model import Rule


@cache
def load_rules() -> Mapping[str, Rule]:
    """Import every rule's file; all rules by code, in order of their codes."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return dict(sorted(registered_rules().items()))
