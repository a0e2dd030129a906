"""Rules of the section: capacity."""
