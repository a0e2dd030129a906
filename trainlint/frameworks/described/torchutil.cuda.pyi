"""Figures of a device in torchutil (0.0.x)."""

import time

def utilization(device, unit="B"):
    return {"reserved": time.time(), "allocated": time.time()}
