"""The two readings of a YAML scalar: PyYAML's (YAML 1.1) and that of a YAML 1.2 core loader."""

from __future__ import annotations

import re
from typing import Any

import yaml

_STANDARD = "tag:yaml.org,2002:"
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()
_BUILDERS: Any = yaml.constructor.SafeConstructor.yaml_constructors
_SCALAR_TAGS = {_STANDARD + name for name in ("null", "bool", "int", "float", "timestamp", "binary")}

# The core schema of YAML 1.2.2, chapter 10.3.2.
_CORE_INT = re.compile(r"[-+]?[0-9]+")
_CORE_OCTAL = re.compile(r"0o[0-7]+")
_CORE_HEX = re.compile(r"0x[0-9a-fA-F]+")
_CORE_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CORE_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# Longer digits than Python converts (sys.int_info.default_max_str_digits) are text to every loader here.
_MAX_DIGITS = 4300


class MalformedError(ValueError):
    """A scalar that its tag's constructor refuses."""


def safe_value(tag: str, text: str) -> object:
    """What `yaml.safe_load` makes of a scalar; text for a tag that it does not know.

    Raises:
        MalformedError: the text does not fit the tag (`!!int x`, `2024-13-45`).
    """
    if tag not in _SCALAR_TAGS:
        return text
    try:
        value: object = _BUILDERS[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))
    except (ValueError, KeyError, OverflowError, AttributeError, yaml.YAMLError):
        kind = tag.removeprefix(_STANDARD)
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise MalformedError(f"{shown!r} is no valid {kind}") from None
    return value


def core_value(text: str) -> object:
    """What a YAML 1.2 core loader makes of a plain scalar."""
    if text in _CORE_WORDS:
        return _CORE_WORDS[text]
    if len(text) > _MAX_DIGITS:
        return text
    if _CORE_INT.fullmatch(text):
        return int(text)
    if _CORE_FLOAT.fullmatch(text):
        return float(text)
    if _CORE_OCTAL.fullmatch(text):
        return int(text, 0)
    if _CORE_HEX.fullmatch(text):
        return int(text, 0)
    return text
