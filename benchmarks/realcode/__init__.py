"""Runs of trainlint over the pinned sources of real packages: the parts of `benchmarks/ecosystem.py`."""
