"""The pinned packages: name, version, file, kind and hash, kept in `packages.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HEADER = """\
# The packages of the ecosystem run. Written by `python benchmarks/ecosystem.py pin NAME`; sorted by name.
# kind: sdist where pip gets its metadata without a heavy build (it carries examples and tests), else wheel.
"""


class PinError(Exception):
    """`packages.toml` is not as it should be, or a package is not in it. The message names file and key."""


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One file of one release, as its index serves it."""

    name: str
    version: str
    kind: str
    file: str
    sha256: str

    @property
    def folder(self) -> str:
        """The name under which sources and results of this release are kept."""
        return f"{self.name}-{self.version}"


def read(path: Path) -> list[Pin]:
    """All pins of a file, sorted by name. A file that is missing has none. Raises PinError."""
    if not path.exists():
        return []
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("package", [])
    except tomllib.TOMLDecodeError as error:
        raise PinError(f"{path}: {error}") from error
    return sorted(_pin(path, number, entry) for number, entry in enumerate(entries, start=1))


def _pin(path: Path, number: int, entry: dict[str, object]) -> Pin:
    keys = ("name", "version", "kind", "file", "sha256")
    missing = [key for key in keys if not isinstance(entry.get(key), str)]
    if missing:
        raise PinError(
            f"{path}: package {number} ({entry.get('name', 'no name')}) lacks {', '.join(missing)}"
        )
    if entry["kind"] not in ("sdist", "wheel"):
        raise PinError(f"{path}: package {entry['name']}: kind is {entry['kind']!r}, not sdist or wheel")
    return Pin(*(str(entry[key]) for key in keys))


def write(path: Path, pins: list[Pin]) -> None:
    """Write the pins, sorted, so that a bump changes only its own lines."""
    blocks = [
        f'[[package]]\nname = "{pin.name}"\nversion = "{pin.version}"\nkind = "{pin.kind}"\n'
        f'file = "{pin.file}"\nsha256 = "{pin.sha256}"\n'
        for pin in sorted(pins)
    ]
    path.write_text(HEADER + "\n" + "\n".join(blocks), encoding="utf-8")


def choose(pins: list[Pin], only: str | None) -> list[Pin]:
    """The pins named in `only` (comma separated), or all. Raises PinError for a name that is not pinned."""
    if not only:
        return pins
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    by_name = {pin.name: pin for pin in pins}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        raise PinError(f"not pinned: {', '.join(unknown)}; pinned are {', '.join(sorted(by_name))}")
    return [by_name[name] for name in wanted]
