"""Rules of the section: normalization."""
