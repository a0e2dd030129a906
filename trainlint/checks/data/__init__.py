"""Rules of the section: data."""
