"""What runs in the probe's worker process, the only place that imports torch."""
