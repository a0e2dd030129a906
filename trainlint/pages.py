"""The rules' pages: where they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


class NoPagesError(Exception):
    """The pages are missing from the installation; the message says where they were looked for."""


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule's page. text: Markdown; summary: its one sentence."""

    code: str
    name: str
    summary: str
    text: str


def pages_directory(package: Path = _PACKAGE) -> Path:
    """`_rules` in an installed package, `rules` beside the package in a checkout.

    Raises:
        NoPagesError: neither is there.
    """
    for directory in (package / "_rules", package.parent / "rules"):
        if directory.is_dir():
            return directory
    raise NoPagesError(
        f"the rules' pages are missing: neither {package / '_rules'} nor {package.parent / 'rules'}"
    )


def all_pages(directory: Path | None = None) -> Iterator[RulePage]:
    """Every page, by code.

    Raises:
        NoPagesError: there is no directory of pages.
    """
    for path in sorted((directory or pages_directory()).glob("TL*.md")):
        yield read_page(path)


def find_page(word: str, directory: Path | None = None) -> RulePage | None:
    """The page of a rule by its code (in any case) or name; None if there is none.

    Raises:
        NoPagesError: there is no directory of pages.
    """
    wanted = word.strip()
    for page in all_pages(directory):
        if wanted.upper() == page.code or wanted.lower() == page.name:
            return page
    return None


def read_page(path: Path) -> RulePage:
    """A page from its file: the title is code and name, the first paragraph is the summary."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    words = lines[0].lstrip("# ").split() if lines else []
    name = words[1] if len(words) > 1 else ""
    body = "\n".join(lines[1:]).strip()
    summary = " ".join(body.split("\n\n", 1)[0].split()) if not body.startswith("#") else ""
    return RulePage(path.stem, name, summary, text)
