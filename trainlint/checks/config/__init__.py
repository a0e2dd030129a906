"""Rules of the section: config."""
