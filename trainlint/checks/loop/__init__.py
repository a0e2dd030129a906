"""Rules of the section: loop."""
