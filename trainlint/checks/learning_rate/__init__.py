"""Rules of the section: learning rate."""
