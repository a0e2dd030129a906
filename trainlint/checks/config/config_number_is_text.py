"""TL050: a number of a config is text to the loader that reads it."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.misspelling import is_shared
from trainlint.facts.program import Program, TextNumber
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule("TL050", "config-number-is-text", Level.ERROR, section="Config", fix=Applicability.SAFE)
LOADERS = {"pyyaml": "PyYAML (YAML 1.1)", "json": "JSON", "toml": "TOML"}


@check(RULE)
def config_number_is_text(program: Program) -> Iterator[Finding]:
    """A config's text is used where code needs a number, with no conversion on the way."""
    seen: set[object] = set()
    for number in program.text_numbers:
        if number.location in seen or _reader_unseen(program, number):
            continue
        seen.add(number.location)
        use = f"`{number.use.label}`" if number.use.label else "a number"
        message = (
            f"{number.key} is the text {number.text!r} to {LOADERS.get(number.loader, number.loader)}, and {number.use.location} "
            f"uses it as {use}. Write {remedy(number)}."
        )
        yield report(RULE, number.location, message, (number.use,))


def _reader_unseen(program: Program, number: TextNumber) -> bool:
    """Whether the file alone says so, and another program than its schema's library reads it: by any loader."""
    path = number.location.path
    if number.quoted or number.use.location.path != path:
        return False
    return any(options.location.path == path and is_shared(options) for options in program.option_sets)


def remedy(number: TextNumber) -> str:
    """The number as its loader understands it."""
    if number.quoted:
        return (
            f"{number.text.strip()} without quotes"
            if number.loader != "pyyaml"
            else f"{_dotted(number.text)} without quotes"
        )
    return _dotted(number.text)


def _dotted(text: str) -> str:
    """`1e-3` as `1.0e-3`: YAML 1.1 wants a dot in the mantissa and a sign in the exponent."""
    mantissa, exponent_mark, exponent = text.strip().lower().partition("e")
    if not exponent_mark:
        return text.strip()
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}e{exponent if exponent[:1] in '+-' else '+' + exponent}"
