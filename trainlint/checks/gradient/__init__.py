"""Rules on gradient."""
