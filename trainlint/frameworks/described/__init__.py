"""Libraries that are described in Python, each module in a text of its dotted name beside this file."""

from __future__ import annotations

from pathlib import Path

from trainlint.semantics.described import DescribedLibrary

LIBRARY = DescribedLibrary(Path(__file__).parent, "torch_geometric", "mmcv", "ray")
