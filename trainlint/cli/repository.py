"""The git repository around the working directory: its root, and names of its commits. Nothing of it is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

PATIENCE = 10.0
"""Seconds that git may take to name a commit."""


def repository_root(cwd: Path) -> Path:
    """The nearest directory at or above with a `.git`; the working directory itself where there is none."""
    return next((place for place in (cwd, *cwd.parents) if (place / ".git").exists()), cwd)


def commit_id(root: Path, revision: str = "HEAD") -> str | None:
    """The full id of a commit; None where git is missing, this is no repository, or there is no such commit."""
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    try:
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = run.stdout.split()
    return lines[-1] if run.returncode == 0 and lines else None
