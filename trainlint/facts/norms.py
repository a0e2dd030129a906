"""Words for norms that functions apply."""

UNTOLD_NORM = "normalize"
"""The name of a norm by function of which the code does not say what its statistics are taken over."""
