"""TL050: the number as every loader reads it."""

from __future__ import annotations

import re

from trainlint.fixes.api import Mend, Request, fixes
from trainlint.model import Edit
from trainlint.source.tree import ConfigNode

_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?")


@fixes("TL050")
def config_number_is_text(request: Request) -> Mend | None:
    """`1e-3` becomes `1.0e-3` and `"0.1"` becomes `0.1`: numbers to YAML 1.1 and 1.2, JSON and TOML alike."""
    place = request.finding.location
    document = request.files.config(place.path)
    nodes = [node for root in _roots(document) for node in root.walk() if node.location == place]
    if not nodes or nodes[0].kind != "scalar" or nodes[0].tag is not None:
        return None
    written = nodes[0].text.strip()
    bare = (
        written[1:-1].strip()
        if nodes[0].quoted and written[:1] == written[-1:] and written[:1] in "'\""
        else written
    )
    number = as_number(bare)
    if number is None or number == written:
        return None
    return Mend(f"Write `{number}`.", (Edit(place, number),))


def _roots(document: object) -> list[ConfigNode]:
    roots: list[ConfigNode] = list(getattr(document, "documents", ()))
    root = getattr(document, "root", None)
    return roots or ([root] if root is not None else [])


def as_number(text: str) -> str | None:
    """A number with a dot in its mantissa and a sign in its exponent; None where the text is no number.

    YAML 1.1 (https://yaml.org/type/float.html) wants both; every other format takes them.
    """
    if not _NUMBER.fullmatch(text):
        return None
    mantissa, mark, exponent = text.lower().replace("_", "").partition("e")
    whole, dot, part = mantissa.partition(".")
    sign = "-" if whole.startswith("-") else ""
    whole = whole.lstrip("+-").lstrip("0") or "0"
    if not mark:
        return f"{sign}{whole}.{part or '0'}" if dot else f"{sign}{whole}"
    return f"{sign}{whole}.{part or '0'}e{exponent if exponent[:1] in ('+', '-') else '+' + exponent}"
