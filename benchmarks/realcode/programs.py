"""How long trainlint takes for each program of a folder, and the tracebacks of its internal errors, as JSON.

Runs as a process of its own, `python programs.py FOLDER`, because it asks the engine and not the command line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from trainlint.engine import check_paths


def main(folder: Path) -> None:
    """Print `{"programs": [[path, seconds], ...], "failures": [traceback, ...]}`, slowest first."""
    os.chdir(folder)
    starts: list[tuple[str, float]] = []
    result = check_paths(
        ["."], folder, progress=lambda _done, _all, path: starts.append((path, time.perf_counter()))
    )
    ends = [start for _, start in starts[1:]] + [time.perf_counter()]
    taken = [(path, round(end - start, 3)) for (path, start), end in zip(starts, ends, strict=True)]
    json.dump({"programs": sorted(taken, key=lambda each: -each[1]), "failures": result.failures}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
