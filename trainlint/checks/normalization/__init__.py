"""Rules on normalization."""
