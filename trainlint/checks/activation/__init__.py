"""Rules of the section: activation."""
