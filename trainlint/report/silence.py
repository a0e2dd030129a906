"""What kept rules silent, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trainlint.model import Silence
from trainlint.report.styled import Line, Style, line, printable


def silence_lines(silences: Mapping[str, Sequence[Silence]]) -> Iterator[Line]:
    """For each program: what was not known, why, and the rules that asked for it there."""
    for entry, found in silences.items():
        yield line()
        yield line("Not known in ", (printable(entry), Style.PATH))
        asked = [silence for silence in found if silence.codes]
        for silence in asked:
            yield line("  ", *_told(silence), ": ", (_rules(silence.codes), Style.STRONG))
        rest = [silence for silence in found if not silence.codes]
        told = {(silence.why, silence.location) for silence in asked}
        for silence in rest:
            if (silence.why, silence.location) not in told:
                yield line("  ", *_told(silence))


def _told(silence: Silence) -> list[str | tuple[str, Style]]:
    place: list[str | tuple[str, Style]] = []
    if silence.location is not None:
        place = [(printable(str(silence.location)), Style.PATH), " "]
    return [*place, f"{printable(silence.what)} ({printable(silence.why)})"]


def _rules(codes: Sequence[str]) -> str:
    return "kept silent " + ", ".join(codes)
