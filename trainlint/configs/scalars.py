"""Text in a config where a number may be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trainlint.model import Location

_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class TextScalar:
    """A config's scalar that its loader made text of, although it reads as a number.

    location: the scalar in the file; key: its dotted path; raw: the text that the loader gives;
    quoted: whether it stands in quotation marks; loader: what loaded it (`pyyaml`, `json`, `toml`).
    """

    location: Location
    key: str
    raw: str
    quoted: bool
    loader: str


def looks_like_number(text: str) -> bool:
    """Whether a text reads as a decimal number (`1e-3`, `0.1`)."""
    return len(text) <= 40 and _NUMBER.fullmatch(text.strip()) is not None
