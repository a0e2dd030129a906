"""Inject every rule's fault into healthy training programs and count what trainlint finds.

python benchmarks/injection.py                    all rules, all programs
python benchmarks/injection.py --rule TL401       one rule
python benchmarks/injection.py --list             the mutations, without running trainlint
python benchmarks/injection.py --write-summary    keep the table in benchmarks/injection/SUMMARY.md
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# A script's own folder would make this file shadow the package of the same name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

if __name__ == "__main__":
    from benchmarks.injection.run import main

    sys.exit(main())
