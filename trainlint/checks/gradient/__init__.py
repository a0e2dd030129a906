"""Rules of the section: gradient."""
