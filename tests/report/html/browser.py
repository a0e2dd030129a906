"""A headless Chromium that opens a file: what its console says, the page as it stands after scripts, a picture of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0")  # fmt: skip
CONSOLE = re.compile(r'CONSOLE[^]]*\] "(?P<text>.*)", source: ')
DARK = "--blink-settings=preferredColorScheme=0"


@dataclass(frozen=True)
class Visit:
    """console: every line that the page wrote to the console (errors of loading and of scripts among them)."""

    console: list[str]
    dom: str


def _run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    profile = f"--user-data-dir={directory / 'profile'}"
    return subprocess.run(
        [CHROMIUM, *FLAGS, profile, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )


def visit(page: Path) -> Visit:
    """Open a page, let its scripts run, and look at what became of it."""
    run = _run(page.parent, "--virtual-time-budget=2000", "--dump-dom", page.as_uri())
    return Visit([found["text"] for found in CONSOLE.finditer(run.stderr)], run.stdout)


def screenshot(page: Path, picture: Path, *flags: str) -> bytes:
    """A picture of a page in a window of 1300 x 1800, as PNG."""
    _run(page.parent, *flags, "--window-size=1300,1800", f"--screenshot={picture}", page.as_uri())
    return picture.read_bytes()
