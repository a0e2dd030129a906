"""What `benchmarks/probe_calibration.py` is made of."""
