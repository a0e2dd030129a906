"""The table that the modules of this package fill."""

from __future__ import annotations

from trainlint.semantics.library import TableLibrary

LIBRARY = TableLibrary("timm", usual={"timm": "timm"}, observers=("timm.utils", "timm.data"))
