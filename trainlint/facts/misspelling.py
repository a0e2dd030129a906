"""Whether a key of a config is a known one misspelt, or another program's own."""

from __future__ import annotations

import re

from trainlint.facts.options import OptionSet, OptionTable

SHORTEST = 5
"""Letters of a name that can be called misspelt: shorter ones are too often words of their own."""
SHARED = 2
"""Keys of others from which on a file is read by more than the schema's library, whose own words may be near to its."""


def is_shared(options: OptionSet) -> bool:
    """Whether a file holds several keys that its schema does not know: another program reads it, by means of its own."""
    table = options.table
    if table is None:
        return False
    return sum(_is_foreign(key, table) for key in options.keys or options.options) >= SHARED


def _is_foreign(key: str, table: OptionTable) -> bool:
    return not table.knows(key) and misspelt(key, table) is None


def may_be_a_word(key: str, meant: str) -> bool:
    """Whether a key may be another program's own: one and many (`dataset`, `datasets`), other numbers, a short word."""
    name = key.rpartition(".")[2].lower()
    plain, other = (re.sub(r"\d+", "0", each.lower()) for each in (name, meant))
    return plain == other or name.rstrip("s") == meant.lower().rstrip("s") or len(name) < 9


def misspelt(key: str, table: OptionTable) -> str | None:
    """The known name that an unknown one is a misspelling of; None for a known key and for one that is foreign."""
    above, _, name = key.rpartition(".")
    if (
        table.knows(key)
        or name in table.foreign
        or len(name) < SHORTEST
        or (above and not table.knows(above))
    ):
        return None
    most = 1 if len(name) < 9 else 2
    near = [(distance(name, other, most), other) for other in table.beside(key) if len(other) >= SHORTEST]
    best = min((n for n in near if n[0] <= most), default=None)
    return best[1] if best is not None else None


def distance(a: str, b: str, most: int) -> int:
    """Letters to insert, delete, replace or swap with the next to make one name the other; most + 1 if more than that.

    Case does not count, nor does `-` for `_`: no schema knows both.
    """
    a, b = a.lower().replace("-", "_"), b.lower().replace("-", "_")
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return min(row[-1], most + 1)
