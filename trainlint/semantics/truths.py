"""Truths that are not known, of which one is supposed: what holds in a first run, and on one device."""

from __future__ import annotations

from trainlint.semantics.values import Unknown


class Leftover(Unknown):
    """A truth that depends on what lies on the disk. first: what it is in a first run, which finds nothing there.

    own: the program itself writes what it asks for. Else it is a file that the project lacks, and that somebody may have put
    there: weights to start from.
    """

    __slots__ = ("first", "own")

    def __init__(self, first: bool, own: bool) -> None:
        super().__init__("what earlier runs left behind")
        self.first = first
        self.own = own


class OnOneDevice(Leftover):
    """A truth that the number of devices or processes decides. first: what it is where there is one, as facts suppose."""

    __slots__ = ()

    def __init__(self, first: bool) -> None:
        super().__init__(first, own=True)
        self.why = "the number of devices"
