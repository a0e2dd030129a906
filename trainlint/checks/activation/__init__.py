"""Rules on activation."""
