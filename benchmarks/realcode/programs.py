"""How long trainlint takes for each program of a folder, what that is in parse times of the files that it visits, and
the tracebacks of its internal errors, as JSON.

Runs as a process of its own, `python programs.py FOLDER`, because it asks the engine and not the command line.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import sys
import time
from pathlib import Path

from trainlint.engine import check_paths


def main(folder: Path) -> None:
    """Print `{"programs": [[path, seconds], ...], "failures": [traceback, ...], "effort": {...}}`, slowest first.

    effort: seconds of interpreting; of parsing the files that each program visits (`visited`: a file that ten programs
    visit counts ten times) and each visited file once (`once`); steps; programs that ran out of their step budget.
    """
    os.chdir(folder)
    starts: list[tuple[str, float]] = []
    result = check_paths(
        ["."],
        folder,
        progress=lambda _done, _all, path: starts.append((path, time.perf_counter())),
        digest=lambda program: (program.seconds, sorted(program.files), program.steps, program.complete),
    )
    ends = [start for _, start in starts[1:]] + [time.perf_counter()]
    taken = [(path, round(end - start, 3)) for (path, start), end in zip(starts, ends, strict=True)]
    document = {
        "programs": sorted(taken, key=lambda each: -each[1]),
        "failures": result.failures,
        "effort": effort(folder, result.digests),
    }
    json.dump(document, sys.stdout)


def effort(folder: Path, programs: list[tuple[float, list[str], int, bool]]) -> dict[str, float]:
    """What the programs took, and what parsing alone takes: without looks for garbage among all that the run has left."""
    gc.disable()
    parsing = {name: parse_seconds(folder / name) for _, names, _, _ in programs for name in names}
    return {
        "interpreting": sum(seconds for seconds, _, _, _ in programs),
        "visited": sum(parsing[name] for _, names, _, _ in programs for name in names),
        "once": sum(parsing.values()),
        "steps": sum(steps for _, _, steps, _ in programs),
        "incomplete": sum(not complete for _, _, _, complete in programs),
    }


def parse_seconds(path: Path) -> float:
    """Processor time of `ast.parse` for a file, as the programs' own is; 0 for one that is no Python."""
    if path.suffix != ".py" or not path.is_file():
        return 0.0
    data = path.read_bytes()
    taken: list[float] = []
    for _ in range(2):  # the first fills caches
        start = time.process_time()
        try:
            ast.parse(data)
        except (SyntaxError, ValueError):
            return 0.0
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
