"""Notation of Python 3.12 and later, written as an older Python reads it: type parameters, `type` statements, and f-strings
that hold their own quotes or backslashes.

Sources: PEP 695, PEP 701. Every replacement is as wide as what it stands for, so that positions stay; only ends of lines may get
a backslash. What parameters of types are called is not kept: they are names that nobody defines.
"""

from __future__ import annotations

import re

_PARAMETERS = re.compile(r"(?:class|(?:async[ \t]+)?def)[ \t]+\w+[ \t]*(?=\[)")
_TYPE = re.compile(r"type[ \t]+([^\W\d]\w*)[ \t]*(?=\[|=[^=])")
_TEXT = re.compile(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_WORD = re.compile(r"\w+")
_OPENING, _CLOSING = "([{", ")]}"
MOST = 2_000
"""Characters that are looked ahead for the end of a string."""
DEEPEST = 16
"""Quotes around an expression up to which f-strings within each other are followed: two for each."""


def reread(text: str) -> str:
    """The text as an older Python reads it; the same text where nothing of it is newer."""
    return _Reader(text).read()


class _Reader:
    """A walk over the characters of a text, which are replaced on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kept = list(text)

    def read(self) -> str:
        at, depth, first = 0, 0, True  # first: nothing but space stands before it in its line
        while at < len(self.text):
            char = self.text[at]
            string = _TEXT.match(self.text, at)
            if char == "#":
                at = self._end_of_line(at)
            elif string is not None:
                at, first = self._string(string, ()), False
            elif first and not depth and char.isalpha():
                at, first = self._statement(at), False
            elif char.isalnum() or char == "_":
                at = _WORD.match(self.text, at).end()  # type: ignore[union-attr]
            else:
                depth = max(depth + (char in _OPENING) - (char in _CLOSING), 0)
                first = char == "\n" or (first and char in " \t") or (char == ";" and not depth)
                at += 1
        return "".join(self.kept)

    def _end_of_line(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _statement(self, at: int) -> int:
        """Past the head of a class, a function or a `type` statement, its parameters blank; or past the first word."""
        found = _PARAMETERS.match(self.text, at)
        if found is None:
            found = _TYPE.match(self.text, at)
            if found is None:
                word = _WORD.match(self.text, at)
                return word.end() if word is not None else at + 1
            name = found[1]
            self.kept[at : found.end()] = name.ljust(found.end() - at)
        return self._blank_brackets(found.end())

    def _blank_brackets(self, at: int) -> int:
        if self.text[at : at + 1] != "[":
            return at
        depth, end = 0, at
        while end < len(self.text):
            depth += (self.text[end] in _OPENING) - (self.text[end] in _CLOSING)
            end += 1
            if not depth:
                break
        for place in range(at, end):
            self.kept[place] = "\\\n" if self.text[place] == "\n" else " "
        return end

    def _string(self, start: re.Match[str], around: tuple[str, ...]) -> int:
        """Past a string; around: the quotes of the f-strings in whose expressions it stands."""
        prefix, quote = start[1].lower(), start[2]
        own, at = quote, start.end()
        if quote in around:
            own = self._other(start, around)
        while at < len(self.text) and not self.text.startswith(quote, at):
            char = self.text[at]
            if char == "\n" and len(quote) == 1:
                return at  # not closed
            if char == "\\":
                if around:  # an escape in an expression: which character it is does not matter here
                    self.kept[at : at + 2] = "  "
                at += 2
            elif char == "{" and "f" in prefix and self.text[at + 1 : at + 2] != "{":
                at = self._expression(at + 1, (*around, own, quote))
            else:
                at += 2 if char == "{" and "f" in prefix else 1
        if own != quote and self.text.startswith(quote, at):
            self.kept[start.start(2) : start.end(2)] = own
            self.kept[at : at + len(quote)] = own
        return at + len(quote)

    def _other(self, start: re.Match[str], around: tuple[str, ...]) -> str:
        """The other kind of quotes, if that is free."""
        quote = start[2]
        other = quote.replace('"', "\0").replace("'", '"').replace("\0", "'")
        end = self.text.find(quote, start.end(), start.end() + MOST)
        return quote if other in around or other[0] in self.text[start.end() : end] else other

    def _expression(self, at: int, around: tuple[str, ...]) -> int:
        """Past the braces of an expression within an f-string."""
        depth = 1
        while at < len(self.text) and depth:
            char = self.text[at]
            string = _TEXT.match(self.text, at)
            if char == "\n" and len(around[-1]) == 1:
                return at
            if len(around) > DEEPEST:
                return at
            if string is not None and not (depth == 1 and string[2] == around[-1] and self._closes(string)):
                at = self._string(string, around)
            elif string is not None:
                return at
            elif char.isalnum() or char == "_":
                at = _WORD.match(self.text, at).end()  # type: ignore[union-attr]
            else:
                depth += (char == "{") - (char == "}")
                at += 1
        return at

    def _closes(self, quote: re.Match[str]) -> bool:
        """Whether a quote rather ends the f-string than begins a string in it: no other follows in its line."""
        return quote[2] not in self.text[quote.end() : quote.end() + MOST].partition("\n")[0]
