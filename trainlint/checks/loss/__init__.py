"""Rules of the section: loss."""
